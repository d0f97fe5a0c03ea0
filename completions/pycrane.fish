# Completion of pycrane for fish. Each line of an answer is a kind, a value and a description, between tabs.

function __pycrane_completion
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -lx COMP_WORDS (string join \n -- $words | string collect)
    set -lx COMP_WORD "$word"
    set -lx _PYCRANE_COMPLETE fish
    for line in ($program 2>/dev/null)
        set -l fields (string split -m 2 \t -- $line)
        set -l path (string sub -s (math 1 + (string length -- "$fields[2]")) -- "$word")
        switch $fields[1]
            case plain part
                printf '%s\t%s\n' $fields[2] "$fields[3]"
            case dir
                printf "$fields[2]%s\n" (__fish_complete_directories "$path" "")
            case file
                printf "$fields[2]%s\n" (__fish_complete_path "$path" "")
            case command
                __fish_complete_command
        end
    end
end

complete --command pycrane --no-files --keep-order --arguments '(__pycrane_completion)'
