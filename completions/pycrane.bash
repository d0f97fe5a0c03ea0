# Completion of pycrane for bash. Each line of an answer is a kind, a tab and a value.

_pycrane_completion() {
    local kind value files=
    COMPREPLY=()
    while IFS=$'\t' read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            part)
                COMPREPLY+=("$value")
                compopt -o nospace
                ;;
            *) files=$kind ;;
        esac
    done < <(
        export COMP_LINE=${COMP_LINE:0:COMP_POINT} COMP_WORDBREAKS
        _PYCRANE_COMPLETE=bash "${1/#\~/$HOME}" 2>/dev/null
    )
    if [[ $files == command ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$2")
    elif [[ $files && ${#COMPREPLY[@]} -eq 0 ]]; then
        [[ $files == dir ]] && compopt -o dirnames || compopt -o default
    elif [[ $files ]]; then
        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$2")
    fi
}

complete -o nosort -F _pycrane_completion pycrane 2>/dev/null || complete -F _pycrane_completion pycrane
