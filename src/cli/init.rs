//! `init`: a key binding for a shell that inserts the path of a picked model.

use std::io::{self, Write};

use super::GOOD;
use super::args::{InitArgs, Shell};

/// `READLINE_LINE` is what was typed so far, `READLINE_POINT` the cursor in it.
const BASH: &str = r#"# shelflife: alt-m picks a model and inserts its path
__shelflife_pick() {
  local picked
  picked="$(shelflife pick "${SHELFLIFE_MODELS:-.}" </dev/tty)" || return
  printf -v picked '%q' "$picked"
  READLINE_LINE="${READLINE_LINE:0:READLINE_POINT}$picked${READLINE_LINE:READLINE_POINT}"
  READLINE_POINT=$((READLINE_POINT + ${#picked}))
}
bind -x '"\em": __shelflife_pick'
"#;

const ZSH: &str = r#"# shelflife: alt-m picks a model and inserts its path
__shelflife_pick() {
  local picked
  picked="$(shelflife pick "${SHELFLIFE_MODELS:-.}" </dev/tty)" && LBUFFER+="${(q)picked}"
  zle reset-prompt
}
zle -N __shelflife_pick
bindkey '\em' __shelflife_pick
"#;

const FISH: &str = r"# shelflife: alt-m picks a model and inserts its path
function __shelflife_pick
  set -l folder .
  set -q SHELFLIFE_MODELS; and set folder $SHELFLIFE_MODELS
  set -l picked (shelflife pick $folder </dev/tty)
  and commandline -i -- (string escape -- $picked)
  commandline -f repaint
end
bind \em __shelflife_pick
";

pub(super) fn run(args: &InitArgs) -> anyhow::Result<u8> {
    let script = match args.shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    };
    io::stdout().lock().write_all(script.as_bytes())?;
    Ok(GOOD)
}
