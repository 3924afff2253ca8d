//! A small client of HTTP/1.1 that keeps its connection.

use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection over which one request after the other is sent.
pub(crate) struct Client<S> {
    stream: BufReader<S>,
    host: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Client<TcpStream> {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("connect to the server");
        stream.set_nodelay(true).expect("send at once");
        Self::over(stream, address.to_string())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Uses a stream that is open.
    pub(crate) fn over(stream: S, host: String) -> Self {
        Self { stream: BufReader::new(stream), host }
    }

    /// Calls the server by another name.
    pub(crate) fn calling(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// Sends a request.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// Sends a request with more headers.
    pub(crate) async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_get(path, headers).await.expect("an answer")
    }

    /// Sends a request, which may fail with the connection.
    pub(crate) async fn try_get(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> std::io::Result<Answer> {
        self.send(path, headers).await?;
        let (status, headers) = self.head().await?;
        let mut answer = Answer { status, headers, body: String::new() };
        let body = match answer.header("content-length") {
            Some(length) => {
                let mut body = vec![0; length.parse().expect("a length")];
                self.stream.read_exact(&mut body).await?;
                body
            }
            None => self.chunks().await?,
        };
        answer.body = String::from_utf8(body).expect("UTF-8");
        Ok(answer)
    }

    /// Sends a request whose answer is a stream, and returns its head.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        self.send(path, &[]).await.expect("send");
        let (status, headers) = self.head().await.expect("a head");
        Answer { status, headers, body: String::new() }
    }

    /// Returns the next event of a stream, with its data; `None` at its end. Comments are passed over.
    pub(crate) async fn event(&mut self) -> Option<(String, String)> {
        let (mut name, mut data) = (String::new(), String::new());
        loop {
            // Chunks begin with their length and end with a line of their own.
            let line = self.line().await.ok()?;
            if let Some(value) = line.strip_prefix("event: ") {
                value.clone_into(&mut name);
            } else if let Some(value) = line.strip_prefix("data: ") {
                value.clone_into(&mut data);
            } else if line.is_empty() && !name.is_empty() {
                return Some((name, data));
            } else if line == "0" {
                return None;
            }
        }
    }

    async fn send(&mut self, path: &str, headers: &[(&str, &str)]) -> std::io::Result<()> {
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        self.stream.get_mut().write_all(request.as_bytes()).await
    }

    async fn head(&mut self) -> std::io::Result<(u16, Vec<(String, String)>)> {
        let line = self.line().await?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {line}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok((status, headers))
    }

    async fn chunks(&mut self) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let length = usize::from_str_radix(line.trim(), 16).expect("a length");
            let mut chunk = vec![0; length + 2];
            self.stream.read_exact(&mut chunk).await?;
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl Answer {
    /// Returns a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}
