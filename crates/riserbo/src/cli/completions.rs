//! `riserbo completions`: what a shell needs to complete names of commands and options.
//!
//! Written from the grammar itself, so that it can't fall behind it: words only, which is all
//! that our options need.

use super::args::grammar;
use super::exit::{Exit, Failure};
use super::out::Out;

/// Arguments of `completions`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  riserbo completions bash > /etc/bash_completion.d/riserbo
  riserbo completions fish > ~/.config/fish/completions/riserbo.fish")]
pub(super) struct Args {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish"])]
    shell: String,
}

/// A command and the words that may follow it.
struct Node {
    path: String,
    words: Vec<(String, String)>,
}

/// Runs the command.
pub(super) fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    let mut nodes = Vec::new();
    walk(&grammar(), "", &mut nodes);
    match args.shell.as_str() {
        "fish" => fish(&nodes, out)?,
        "zsh" => {
            out.line("#compdef riserbo")?;
            out.line("autoload -U +X bashcompinit && bashcompinit")?;
            bash(&nodes, out)?;
        }
        _ => bash(&nodes, out)?,
    }
    Ok(Exit::Done)
}

fn walk(command: &clap::Command, path: &str, nodes: &mut Vec<Node>) {
    let mut words = Vec::new();
    for sub in command.get_subcommands() {
        words.push((sub.get_name().to_owned(), about(sub.get_about())));
        let inner = if path.is_empty() { String::new() } else { format!("{path} ") };
        walk(sub, &format!("{inner}{}", sub.get_name()), nodes);
    }
    for arg in command.get_arguments().filter(|a| !a.is_hide_set()) {
        if let Some(long) = arg.get_long() {
            words.push((format!("--{long}"), about(arg.get_help())));
        }
    }
    nodes.push(Node { path: path.to_owned(), words });
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    text.chars().filter(|c| !matches!(c, '\'' | '\\' | '\n')).collect()
}

fn bash(nodes: &[Node], out: &mut Out) -> Result<(), Failure> {
    out.line("_riserbo() {")?;
    out.line("  local cur=${COMP_WORDS[COMP_CWORD]} path= word words=")?;
    out.line("  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do")?;
    out.line("    case \"${path:+$path }$word\" in")?;
    let inner: Vec<String> =
        nodes.iter().filter(|n| !n.path.is_empty()).map(|n| format!("'{}'", n.path)).collect();
    out.line(format!("      {}) path=\"${{path:+$path }}$word\" ;;", inner.join("|")))?;
    out.line("    esac")?;
    out.line("  done")?;
    out.line("  case \"$path\" in")?;
    for node in nodes {
        let words: Vec<&str> = node.words.iter().map(|(w, _)| w.as_str()).collect();
        out.line(format!("    '{}') words='{}' ;;", node.path, words.join(" ")))?;
    }
    out.line("  esac")?;
    out.line("  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))")?;
    out.line("}")?;
    out.line("complete -o default -F _riserbo riserbo")
}

fn fish(nodes: &[Node], out: &mut Out) -> Result<(), Failure> {
    for node in nodes {
        let tests: Vec<String> = if node.path.is_empty() {
            vec!["__fish_use_subcommand".to_owned()]
        } else {
            node.path.split(' ').map(|w| format!("__fish_seen_subcommand_from {w}")).collect()
        };
        for (word, help) in &node.words {
            let what = match word.strip_prefix("--") {
                Some(long) => format!("-l {long}"),
                None => format!("-f -a {word}"),
            };
            out.line(format!(
                "complete -c riserbo -n '{}' {what} -d '{help}'",
                tests.join("; and ")
            ))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_its_options_are_words() {
        let mut nodes = Vec::new();
        walk(&grammar(), "", &mut nodes);
        let add = nodes.iter().find(|n| n.path == "user add").unwrap();
        assert!(add.words.iter().any(|(w, _)| w == "--first"));
        let root = nodes.iter().find(|n| n.path.is_empty()).unwrap();
        assert!(root.words.iter().any(|(w, _)| w == "scan"));
    }
}
