#compdef pycrane
# Completion of pycrane for zsh. Each line of an answer is a kind, a value and a description, between tabs.

_pycrane_completion() {
    local line kind value text files= skip=0
    local -a plain plain_shown part part_shown aligned
    for line in "${(@f)$(
        export COMP_WORDS=${(F)${(@Q)words[1,CURRENT-1]}} COMP_WORD=$PREFIX
        _PYCRANE_COMPLETE=zsh ${words[1]/#\~/$HOME} 2>/dev/null
    )}"; do
        kind=${line%%$'\t'*}
        line=${line#*$'\t'}
        value=${line%%$'\t'*}
        text=${line#*$'\t'}
        case $kind in
            plain) plain+=("$value"); plain_shown+=("${(r:24:)value}${text:+  $text}") ;;
            part) part+=("$value"); part_shown+=("${(r:24:)value}${text:+  $text}") ;;
            file|dir|command) files=$kind; skip=${#value} ;;
        esac
        [[ -n $text ]] && aligned=(-l)
    done
    (( $#plain )) && compadd -Q $aligned -V pycrane -d plain_shown -a plain
    (( $#part )) && compadd -Q $aligned -S '' -V pycrane -d part_shown -a part
    [[ -n $files ]] && compset -p $skip
    case $files in
        file) _files ;;
        dir) _files -/ ;;
        command) _command_names -e ;;
    esac
}

# A file _pycrane in fpath is the body of a function, which each completion calls.
if [[ $funcstack[1] == _pycrane ]]; then
    _pycrane_completion "$@"
else
    compdef _pycrane_completion pycrane
fi
