_stack() {
  local cur=${COMP_WORDS[COMP_CWORD]} answer IFS=$'\n'
  [[ $cur == '=' ]] && cur=
  answer=$(stack __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)
  if [[ $answer == :files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$answer" -- "$cur"))
  fi
}
complete -F _stack stack
