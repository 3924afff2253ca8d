//! Where the page of a migration is shown, and to whom.

use super::Environment;
use super::serve::LISTEN;
use crate::error::{CommandResult, usage_error, user_error};
use sealift_serve::{Listen, Token, is_loopback};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

/// Where and to whom.
#[derive(Debug)]
pub(crate) struct PageSettings {
    /// As it was typed.
    address: Option<SocketAddr>,
    /// Who has it may look.
    pub(crate) token: Option<Token>,
}

impl Environment {
    /// Returns where `--serve` shows the page.
    pub(crate) fn page(&self, address: Option<SocketAddr>) -> CommandResult<PageSettings> {
        let token = self.token(None)?;
        match address {
            Some(address) if !is_loopback(address.ip()) && token.is_none() => {
                Err(usage_error(format!("--serve={address} can be reached from other machines"))
                    .hinted("set SEALIFT_TOKEN to a word that only those know who may look"))
            }
            Some(_) | None => Ok(PageSettings { address, token }),
        }
    }
}

impl PageSettings {
    /// Takes the socket. A port that nobody has asked for may be another one.
    pub(crate) fn listen(&self) -> CommandResult<Listen> {
        let Some(address) = self.address else {
            // As `sealift serve`.
            return match TcpListener::bind(LISTEN) {
                Ok(listener) => Ok(Listen::Socket(listener)),
                Err(error) if error.kind() == ErrorKind::AddrInUse => {
                    Ok(Listen::Address(SocketAddr::new(LISTEN.ip(), 0)))
                }
                Err(error) => Err(cannot(LISTEN).caused_by(&error)),
            };
        };
        let listener = TcpListener::bind(address);
        listener.map(Listen::Socket).map_err(|error| {
            cannot(address)
                .caused_by(&error)
                .hinted("name another address with --serve=ADDRESS; port 0 is any that is free")
        })
    }
}

fn cannot(address: SocketAddr) -> crate::error::CommandError {
    user_error(format!("cannot show the page at {address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment { variables: pairs.collect(), ..Environment::default() }
    }

    #[test]
    fn other_machines_need_a_token() {
        let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
        let error = environment(&[]).page(Some(everywhere)).unwrap_err();
        assert!(error.hints[0].contains("SEALIFT_TOKEN"), "{error:?}");
        let with_token =
            environment(&[("SEALIFT_TOKEN", "hidden-0123456789")]).page(Some(everywhere)).unwrap();
        assert!(with_token.token.is_some());
        assert!(!format!("{with_token:?}").contains("hidden"));
        for own in ["127.0.0.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
            assert!(environment(&[]).page(Some(own.parse().unwrap())).is_ok());
        }
    }

    #[test]
    fn a_port_that_is_taken_is_an_error_only_where_it_was_asked_for() {
        let taken = TcpListener::bind((LISTEN.ip(), 0)).unwrap();
        let asked = environment(&[]).page(Some(taken.local_addr().unwrap())).unwrap();
        let error = asked.listen().unwrap_err();
        assert!(error.hints[0].contains("port 0"), "{error:?}");
        assert!(environment(&[]).page(None).unwrap().listen().is_ok());
    }
}
