# Shell completion of pycrane for PowerShell. Each line of an answer is a kind, a value and a description.
# Completion of pycrane for PowerShell. Each line of an answer is a kind, a value and a description.

Register-ArgumentCompleter -Native -CommandName 'pycrane' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = $commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition }
    $env:COMP_WORDS = @($before | ForEach-Object { $_.Extent.Text.Trim('"', "'") }) -join "`n"
    $env:COMP_WORD = $wordToComplete
    $env:_PYCRANE_COMPLETE='powershell'
    try {
        & 'pycrane' 2>$null | ForEach-Object {
            $kind, $value, $text = $_ -split "`t", 3
            if ($kind -in 'plain', 'part') {
                if (-not $text) { $text = $value }
                [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
            } elseif ($kind -eq 'command') {
                [System.Management.Automation.CompletionCompleters]::CompleteCommand($wordToComplete)
            } else {
                $path = $wordToComplete.Substring($value.Length)
                Get-ChildItem -Path "$path*" -Directory:($kind -eq 'dir') | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new("$value$($_.FullName)")
                }
            }
        }
    } finally {
        Remove-Item Env:COMP_WORDS, Env:COMP_WORD, Env:_PYCRANE_COMPLETE
    }
}
