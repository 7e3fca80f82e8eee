_stack() {
  local IFS=$'\n' rest=$COMP_LINE words=() word cur own flag kept name answer i
  # bash breaks words at the characters of COMP_WORDBREAKS, as in image:tag and --flag=value: what no blank divides is one word.
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      words+=("${COMP_WORDS[i]}")
      rest=${rest#"${rest%%[![:space:]]*}"}
    else
      words[${#words[@]}-1]+=${COMP_WORDS[i]}
    fi
    rest=${rest#"${COMP_WORDS[i]}"}
  done
  word=${words[${#words[@]}-1]} cur=${words[${#words[@]}-1]}
  [[ $word != --*=* ]] || cur=${word#*=}
  flag=${word%"$cur"}
  own=${COMP_WORDS[COMP_CWORD]}
  [[ $own != [:=@] ]] || own=
  kept=${word%"$own"} # stands in front of what bash replaces
  COMPREPLY=()
  answer=$(stack __complete "${words[@]:1}" 2>/dev/null | cut -f1)
  if [[ $answer == :files || $answer == :folders ]]; then
    compopt -o filenames 2>/dev/null
    [[ $answer == :files ]] && answer=$(compgen -f -- "$cur") || answer=$(compgen -d -- "$cur")
    while IFS= read -r name; do
      name=$flag$name
      [[ $name == "$flag" ]] || COMPREPLY+=("${name#"$kept"}")
    done <<<"$answer"
  else
    [[ $answer != *: ]] || compopt -o nospace 2>/dev/null # a path follows
    # Names are what files and images say: nothing of them is expanded.
    while IFS= read -r name; do
      [[ -n $name && $name == "$cur"* ]] || continue
      name=$flag$name
      COMPREPLY+=("$(printf '%q' "${name#"$kept"}")")
    done <<<"$answer"
  fi
}
complete -F _stack stack
