//! Ports of 127.0.0.1.

use core::ops::RangeInclusive;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use secp256k1::rand::{thread_rng, Rng as _};

use crate::failure::{Error, Failure, Rejection};

/// Below the ports that Linux gives to outgoing connections (`ip_local_port_range`, from 32,768 on):
/// anybody's connection could take one of those before its process listens.
const PORTS: RangeInclusive<u16> = 15_000..=32_000;
/// Ports that are looked at before the system is asked for any.
const TRIES: u32 = 100;
/// The port given out last. From a random one on each is given out once: a part listens only some
/// time after it was told its port, and until then nothing shows that the port is spoken for.
static LAST: Mutex<Option<u16>> = Mutex::new(None);

/// Returns a port for each part, one that nobody listens on: the configured one, or any that this
/// process has not given out before.
///
/// The ports are free when they are looked at; whoever takes one before its process does makes that
/// process fail to start, which is reported as such.
///
/// # Errors
/// [`Rejection::PortTaken`] for a configured port that somebody listens on, [`Error::Runtime`] when
/// the system has no port to give.
pub fn free_ports<const N: usize>(parts: [(&str, Option<u16>); N]) -> Result<[u16; N], Failure> {
    // Held together until all are known, so that none is given out twice.
    let mut listeners = Vec::with_capacity(N);
    let mut ports = [0; N];
    for ((part, configured), port) in parts.into_iter().zip(&mut ports) {
        let listener = match listen(configured) {
            Ok(listener) => listener,
            Err(error) => {
                return Err(match configured {
                    Some(port) => Rejection::PortTaken { part: part.to_owned(), port }.into(),
                    None => Error::Runtime(error).into(),
                })
            }
        };
        *port = listener.local_addr().map_err(Error::Runtime)?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

fn listen(configured: Option<u16>) -> io::Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = configured {
        return bind(port);
    }
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..TRIES {
        let port = match *last {
            None => thread_rng().gen_range(PORTS),
            Some(port) if port >= *PORTS.end() => *PORTS.start(),
            Some(port) => port + 1,
        };
        *last = Some(port);
        if let Ok(listener) = bind(port) {
            return Ok(listener);
        }
    }
    bind(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn configured_port_in_use_is_refused_by_name() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let Err(Failure::Refused(rejection)) = free_ports([("relayer", Some(port))]) else {
            panic!("port {port} is taken");
        };
        assert_eq!(rejection, Rejection::PortTaken { part: "relayer".into(), port });
        drop(listener);
        assert_eq!(free_ports([("relayer", Some(port))]).unwrap(), [port]);
    }

    #[test]
    fn port_is_given_out_once() {
        let ports: BTreeSet<_> =
            (0..500).flat_map(|_| free_ports([("a", None), ("b", None)]).unwrap()).collect();
        assert_eq!(ports.len(), 1_000);
    }
}
