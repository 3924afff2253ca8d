//! Programs that are not PostgreSQL, as they answer whoever connects.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// A program that listens until the test ends.
#[derive(Clone, Copy)]
pub(crate) enum Stranger {
    /// Greets as MySQL 8 does.
    MySql,
    /// Greets as OpenSSH does.
    Ssh,
    /// Waits for a request and refuses it, as web servers do.
    Http,
    /// Takes connections and never says anything.
    Silent,
}

impl Stranger {
    /// Starts it and returns where it listens.
    pub(crate) fn start(self) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on loopback");
        let address = listener.local_addr().expect("ask for the port");
        // Ends with the process: nothing else tells it when the test is over.
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming().flatten() {
                silent.extend(self.answer(stream));
            }
        });
        address
    }

    /// Answers; returns the connection when it is to stay open.
    fn answer(self, mut stream: TcpStream) -> Option<TcpStream> {
        let greeting: &[u8] = match self {
            Self::MySql => b"\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0\xff\xff\xff\x02\0",
            Self::Ssh => b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
            Self::Http => b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
            Self::Silent => return Some(stream),
        };
        if matches!(self, Self::Http) {
            // Whatever it is, it is no request.
            drop(stream.read(&mut [0; 256]));
        }
        // The client may be gone already, which is its answer.
        drop(stream.write_all(greeting).and_then(|()| stream.flush()));
        drop(stream.set_read_timeout(Some(Duration::from_secs(5))));
        // Until the client leaves: a close at once could outrun the greeting.
        drop(stream.read(&mut [0; 256]));
        None
    }
}
