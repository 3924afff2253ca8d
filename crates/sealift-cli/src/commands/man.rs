//! `sealift man`

use crate::args::Args;
use crate::error::{CommandResult, user_error};
use crate::exit::Exit;
use crate::json::Text;
use crate::printer::Printer;
use clap::CommandFactory;
use clap_mangen::Man;

/// Prints the manual page: the command, then each of its commands.
pub(crate) fn run(printer: Printer) -> CommandResult {
    let mut page = Vec::new();
    let mut command = Args::command();
    command.build();
    render(&command, &mut page)
        .map_err(|error| user_error("cannot write the manual page").caused_by(&error))?;
    if printer.is_json() {
        printer.json(&Text { status: "ok", text: &String::from_utf8_lossy(&page) })?;
    } else {
        printer.raw(&page)?;
    }
    Ok(Exit::Done)
}

fn render(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    Man::new(command.clone()).render(page)?;
    for sub in command.get_subcommands() {
        page.extend_from_slice(
            format!(".SH \"SEALIFT {}\"\n", sub.get_name().to_uppercase()).as_bytes(),
        );
        let man = Man::new(sub.clone());
        man.render_synopsis_section(page)?;
        man.render_description_section(page)?;
        man.render_options_section(page)?;
        man.render_extra_section(page)?;
    }
    Ok(())
}
