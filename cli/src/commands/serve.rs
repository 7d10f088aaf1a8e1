//! `covatlas serve`.

use std::io::Write as _;

use anyhow::Context as _;

use crate::{
    args::{self, Global},
    collection::Collection,
    problems::Problems,
    serve::{ServeOptions, Server, SiteFiles},
    ui::{Outcome, Ui},
};

pub(super) fn run(global: &Global, args: &args::Serve, ui: Ui) -> anyhow::Result<Outcome> {
    let site = match &args.site {
        Some(site) => site.clone(),
        None => Collection::open(&global.collection)?.site_dir(),
    };
    let files = SiteFiles::open(&site)?;
    let options = ServeOptions { port: args.port, ..ServeOptions::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::bind(files, &options).await?;
        let url = server.url();
        if ui.json {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{}", serde_json::json!({ "command": "serve", "url": url }))?;
            out.flush()?;
        }
        ui.say("serve", &format!("{site} at {url} (Ctrl-C ends it)"));
        if args.open {
            open::that_detached(&url).with_context(|| format!("cannot open a browser at {url}"))?;
        }
        let interrupted = async {
            // Without a signal handler Ctrl-C ends the process anyway.
            tokio::signal::ctrl_c().await.ok();
        };
        server.run(interrupted).await?;
        Ok(Outcome::Data { problems: Problems::default() })
    })
}
