_stack() {
  local cur=${COMP_WORDS[COMP_CWORD]} answer IFS=$'\n'
  [[ $cur == '=' ]] && cur=
  COMPREPLY=()
  answer=$(stack __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)
  if [[ $answer == :files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    # Names are what files and images say: nothing of them is expanded.
    local name
    while IFS= read -r name; do
      [[ $name != "$cur"* ]] || COMPREPLY+=("$(printf '%q' "$name")")
    done <<<"$answer"
  fi
}
complete -F _stack stack
