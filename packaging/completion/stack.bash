# bash completion for stack: commands, flags from --help, and the project's services.
_stack() {
  local word=${COMP_WORDS[COMP_CWORD]} command="" group="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -f | --file | -p | --project-name | --profile | --env-file | --project-directory | --progress | --ansi | --parallel | -H | \
        --host | --root | --run) ((i++)) ;;
      -*) ;;
      image | system | volume) group=${COMP_WORDS[i]} ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  if [[ -z $command ]]; then
    case $group in
      image) COMPREPLY=($(compgen -W "check export history import inspect load ls prune pull push rm save tag" -- "$word")) ;;
      volume) COMPREPLY=($(compgen -W "create inspect ls prune rm" -- "$word")) ;;
      system) COMPREPLY=($(compgen -W "df info shutdown" -- "$word")) ;;
      *) COMPREPLY=($(compgen -W "up down ps logs exec export stop start restart config convert lint pull push publish images login logout version image system volume" -- "$word")) ;;
    esac
    return
  fi
  if [[ $command == lint && ${COMP_WORDS[COMP_CWORD - 1]} == --disable ]]; then
    COMPREPLY=($(compgen -W "$(stack lint --list 2>/dev/null | sed -n 's/^\([a-z][a-z0-9_]*\) .*/\1/p')" -- "$word"))
    return
  fi
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$(stack $group "$command" --help 2>/dev/null | grep -oE -- '--[a-zA-Z-]+' | sort -u)" -- "$word"))
    return
  fi
  if [[ $group == image && $command =~ ^(export|history|inspect|push|rm|save|tag)$ ]]; then
    COMPREPLY=($(compgen -W "$(stack image ls 2>/dev/null | awk 'NR > 1 {print $1 ":" $2}')" -- "$word"))
    return
  fi
  if [[ $group == volume && $command =~ ^(inspect|rm)$ ]]; then
    COMPREPLY=($(compgen -W "$(stack volume ls -q 2>/dev/null)" -- "$word"))
    return
  fi
  case $command in
    up | down | ps | logs | exec | export | stop | start | restart | config | convert | pull | push | images)
      COMPREPLY=($(compgen -W "$(stack config --services 2>/dev/null)" -- "$word")) ;;
    import) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -F _stack stack
