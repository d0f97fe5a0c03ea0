Register-ArgumentCompleter -Native -CommandName 'pycrane' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = $commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition }
    $env:COMP_WORDS = @($before | ForEach-Object { $_.Extent.Text }) -join "`n"
    $env:COMP_CWORD = $wordToComplete
    $env:_PYCRANE_COMPLETE = 'powershell_complete'
    try {
        & 'pycrane' | ForEach-Object {
            $type, $value, $text = $_ -split "`t", 3
            if ($type -eq 'plain') {
                [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
            } else {
                Get-ChildItem -Path "$wordToComplete*" -Directory:($type -eq 'dir') | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_.FullName)
                }
            }
        }
    } finally {
        Remove-Item Env:COMP_WORDS, Env:COMP_CWORD, Env:_PYCRANE_COMPLETE
    }
}
