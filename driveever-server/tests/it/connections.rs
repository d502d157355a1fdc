//! Connections on a bound socket, with short times: clients that send little, nothing, or stay for ever.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo, routing::get};
use driveever_server::connections::{ConnectionLimits, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";
const SLOW_REQUEST: &[u8] = b"GET /slow HTTP/1.1\r\nhost: here\r\n\r\n";

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<()>,
    /// Lets one request to `/slow` be answered.
    answer: mpsc::Sender<()>,
}

async fn server(head_timeout: Duration, at_once: usize) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (answer, waits) = mpsc::channel::<()>(1);
    let waits = std::sync::Arc::new(tokio::sync::Mutex::new(waits));
    let slow = get(move || async move {
        waits.lock().await.recv().await;
        "slowly"
    });
    let greet = get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() });
    let app = Router::new().route("/", greet).route("/slow", slow);
    let stop = CancellationToken::new();
    let limits = ConnectionLimits { head_timeout, at_once, per_address: 50 };
    let ended = tokio::spawn(serve(listener, app, limits, stop.clone()));
    Server { address, stop, ended, answer }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stopped(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.ended).await.expect("it ends").unwrap();
    }
}

/// What has come, up to these words.
async fn read_until(stream: &mut TcpStream, words: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1_024];
    while !text.contains(words) {
        let bytes = timeout(PATIENCE, stream.read(&mut buffer)).await.expect("an answer in time").unwrap();
        assert!(bytes > 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&buffer[..bytes]));
    }
    text
}

/// Waits until the server closes the connection.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    // Closed or reset: both are an end.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("it is closed");
}

#[tokio::test]
async fn whoever_sends_no_whole_head_in_time_is_cut_off() {
    let server = server(Duration::from_millis(300), 100).await;
    let silent = server.connect().await;
    let mut slow = server.connect().await;
    let dripping = tokio::spawn(async move {
        // A byte at a time keeps no connection alive.
        for byte in REQUEST.iter().cycle().take(20).copied() {
            if slow.write_all(&[byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(60)).await;
        }
        slow
    });
    let mut idle = server.connect().await;
    idle.write_all(REQUEST).await.unwrap();
    let own = idle.local_addr().unwrap().to_string();
    assert!(read_until(&mut idle, &own).await.starts_with("HTTP/1.1 200"), "the handler knows the peer");
    for connection in [silent, idle] {
        closed(connection).await;
    }
    closed(dripping.await.unwrap()).await;
    // Somebody who asks in time is served as ever.
    let mut other = server.connect().await;
    for _ in 0..3 {
        other.write_all(REQUEST).await.unwrap();
        read_until(&mut other, "127.0.0.1").await;
        sleep(Duration::from_millis(20)).await;
    }
    server.stopped().await;
}

#[tokio::test]
async fn a_stop_closes_what_is_idle_and_waits_for_what_is_under_way() {
    let server = server(Duration::from_mins(10), 100).await;
    let silent = server.connect().await;
    let mut idle = server.connect().await;
    idle.write_all(REQUEST).await.unwrap();
    read_until(&mut idle, "127.0.0.1").await;
    let mut busy = server.connect().await;
    busy.write_all(SLOW_REQUEST).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let (began, address) = (Instant::now(), server.address);
    server.stop.cancel();
    for connection in [silent, idle] {
        closed(connection).await;
    }
    assert!(began.elapsed() < Duration::from_secs(20), "at once, and not when their time is over");
    assert!(!server.ended.is_finished(), "one request is under way");
    server.answer.send(()).await.unwrap();
    assert!(read_until(&mut busy, "slowly").await.starts_with("HTTP/1.1 200"));
    server.stopped().await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let server = server(Duration::from_mins(10), 2).await;
    let mut two = Vec::new();
    for _ in 0..2 {
        let mut connection = server.connect().await;
        connection.write_all(REQUEST).await.unwrap();
        read_until(&mut connection, "127.0.0.1").await;
        two.push(connection);
    }
    // The system takes the third connection; the server does not.
    let mut third = server.connect().await;
    third.write_all(REQUEST).await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(300), third.read(&mut byte)).await.is_err(), "no place");
    drop(two.pop());
    read_until(&mut third, "127.0.0.1").await;
    server.stopped().await;
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let server = server(Duration::from_secs(10), 100).await;
    let mut held = Vec::new();
    for _ in 0..50 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        read_until(&mut stream, "127.0.0.1").await;
        held.push(stream);
    }
    closed(server.connect().await).await;
    closed(held.swap_remove(0)).await;
    server.stopped().await;
}
