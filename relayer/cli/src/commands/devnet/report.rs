//! How the devnet's answers look to a person.

use farbank_devnet::{Mined, ProcessState, Reorganised, Status};

use crate::output::{cell, toned, Page, Report, Tone};

impl Report for Status {
    fn render(&self, page: &mut Page) {
        let height = |height: Option<String>| height.unwrap_or_else(|| "no answer".to_owned());
        page.fields([
            ("Folder", self.folder.display().to_string()),
            ("Bitcoin block", height(self.bitcoin_height.map(|height| height.to_string()))),
            (
                "Side chain",
                format!(
                    "{}, block {}",
                    self.side_chain.name(),
                    height(self.side_chain_height.map(|height| height.to_string()))
                ),
            ),
        ]);
        page.table(
            ["Process", "State", "Port", "Height", "Log"],
            self.processes.iter().map(|process| {
                let (state, tone) = described(process.state);
                [
                    cell(&process.name),
                    toned(state, tone),
                    cell(process.port),
                    cell(process.height.map_or_else(String::new, |height| height.to_string())),
                    cell(process.log.display()),
                ]
            }),
        );
    }
}

fn described(state: ProcessState) -> (String, Tone) {
    match state {
        ProcessState::Running { pid } => (format!("running ({pid})"), Tone::Good),
        ProcessState::Killed => ("killed".to_owned(), Tone::Waiting),
        ProcessState::Died { code: Some(code), .. } => (format!("ended with {code}"), Tone::Bad),
        ProcessState::Died { signal: Some(signal), .. } => {
            (format!("ended by signal {signal}"), Tone::Bad)
        }
        ProcessState::Died { code: None, signal: None } => ("ended".to_owned(), Tone::Bad),
    }
}

impl Report for Mined {
    fn render(&self, page: &mut Page) {
        page.line(format!("Bitcoin is at block {}: {}", self.height, self.tip));
    }
}

impl Report for Reorganised {
    fn render(&self, page: &mut Page) {
        page.line(format!("Branched off after block {}.", self.fork));
        page.line(format!("Bitcoin is at block {}: {}", self.height, self.tip));
        page.line(format!("No longer in the chain: {}", self.old_tip));
    }
}
