//! What hostile files come to in a live trial: each is a pickle that calls `exec`, loaded by the
//! `python3` on `PATH`.
//!
//! A kernel without Landlock or without a filter of system calls cannot refuse; there the tests hold
//! the program to saying so. Each test names on standard error what it could prove.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use shelflife::artifact::Format;
use shelflife::trial::python::{Consent, LiveTrial, Wanted, launcher, predict, terms};
use shelflife::trial::{Cell, Outcome, Prediction, Sample, Sandbox};

const LONG: Duration = Duration::from_mins(2);

fn interpreter() -> PathBuf {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    let look = || {
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("python3 is on PATH");
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    };
    FOUND.get_or_init(look).clone()
}

/// A protocol-0 pickle of `exec(code)`.
fn hostile(code: &str) -> Vec<u8> {
    let code = code.replace('\\', "\\u005c").replace('\n', "\\u000a");
    format!("cbuiltins\nexec\n(V{code}\ntR.").into_bytes()
}

/// A folder with a hostile file and, beside it, a file that is nobody's business.
struct Attack {
    folder: tempfile::TempDir,
    artifact: PathBuf,
    victim: PathBuf,
}

impl Attack {
    /// `VICTIM` in the code is the path of a file that the trial was not given.
    fn new(code: &str) -> Self {
        launcher::use_program(env!("CARGO_BIN_EXE_shelflife").into());
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim.txt");
        fs::write(&victim, "a secret").unwrap();
        let artifact = folder.path().join("model.pkl");
        let victim_words = format!("{:?}", victim.to_str().unwrap());
        let code = format!("import os, sys, time\n{code}").replace("VICTIM", &victim_words);
        fs::write(&artifact, hostile(&code)).unwrap();
        Self {
            folder,
            artifact,
            victim,
        }
    }

    fn with<T>(&self, layers: Wanted, limit: Duration, then: impl FnOnce(&LiveTrial) -> T) -> T {
        let sample = Sample {
            columns: None,
            rows: vec![vec![Cell::Int(1)]],
            source: "the test".into(),
            texts: false,
        };
        then(&LiveTrial {
            artifact: self.artifact.clone(),
            format: Format::Pickle,
            interpreter: interpreter(),
            sample: &sample,
            consent: Consent::given_by_user(),
            time_limit: limit,
            paths: Vec::new(),
            reach: Vec::new(),
            sha256: None,
            layers,
        })
    }

    fn run(&self, layers: Wanted, limit: Duration) -> Prediction {
        self.with(layers, limit, |trial| {
            predict(trial, &AtomicBool::new(false)).expect("a trial takes place")
        })
    }
}

/// What this system offers; the sentence goes to standard error once.
fn offered() -> &'static Sandbox {
    static TERMS: OnceLock<Sandbox> = OnceLock::new();
    TERMS.get_or_init(|| {
        let terms = Attack::new("").with(Wanted::All, LONG, terms);
        eprintln!(
            "these tests prove what this system has: {}",
            terms.sentence()
        );
        terms
    })
}

fn sandbox(found: &Prediction) -> &Sandbox {
    &found.run.as_ref().expect("a live trial has a run").sandbox
}

/// The exception and its message.
fn raised(found: &Prediction) -> (&str, &str) {
    match &found.outcome {
        Outcome::Raised {
            exception, message, ..
        } => (exception, message),
        other => panic!("{other:?}: {found:?}"),
    }
}

/// Runs code that a layer must refuse with an exception; where the layer is missing, the trial must
/// say so before and after.
fn refused(layer: fn(&Sandbox) -> bool, exceptions: &[&str], code: &str) {
    let attack = Attack::new(code);
    if !layer(offered()) {
        eprintln!("not proved here, and said: {}", offered().sentence());
        assert!(!offered().missing.is_empty());
        assert_ne!(offered().word(), "sandboxed");
        return;
    }
    let found = attack.run(Wanted::All, LONG);
    let (exception, message) = raised(&found);
    assert!(exceptions.contains(&exception), "{exception}: {message}");
    assert!(layer(sandbox(&found)));
    assert!(
        found
            .warnings
            .iter()
            .any(|w| w.contains("the sandbox may have refused it")),
        "{:?}",
        found.warnings
    );
    assert_eq!(fs::read_to_string(&attack.victim).unwrap(), "a secret");
}

fn files(sandbox: &Sandbox) -> bool {
    sandbox.landlock.is_some()
}

fn calls(sandbox: &Sandbox) -> bool {
    sandbox.seccomp
}

const DENIED: &[&str] = &["PermissionError"];

#[test]
fn other_files_cannot_be_read() {
    refused(files, DENIED, "open(VICTIM).read()");
}

#[test]
fn the_folder_of_the_artifact_cannot_be_listed() {
    refused(files, DENIED, "os.listdir(os.path.dirname(VICTIM))");
}

#[test]
fn the_home_folder_cannot_be_read() {
    let Some(home) = std::env::var_os("HOME") else {
        panic!("the test needs HOME");
    };
    let code = format!("print(os.listdir({:?}))", home.to_str().unwrap());
    refused(files, DENIED, &code);
}

#[test]
fn the_list_of_users_and_other_processes_cannot_be_read() {
    refused(files, DENIED, "open('/etc/passwd').read()");
    refused(
        files,
        DENIED,
        "open('/proc/%d/environ' % os.getppid(), 'rb').read()",
    );
}

#[test]
fn nothing_is_written_outside_of_the_scratch_folder() {
    refused(files, DENIED, "open(VICTIM, 'w').write('x')");
    refused(files, DENIED, "open(VICTIM + '.new', 'w').write('x')");
    refused(files, DENIED, "os.remove(VICTIM)");
    refused(files, DENIED, "os.rename(VICTIM, VICTIM + '.old')");
    refused(files, DENIED, "os.symlink('/etc', VICTIM + '.link')");
}

#[test]
fn modes_and_lengths_of_files_stay() {
    refused(calls, DENIED, "os.chmod(VICTIM, 0)");
    refused(calls, DENIED, "os.truncate(VICTIM, 0)");
    refused(calls, DENIED, "os.utime(VICTIM, (0, 0))");
}

#[test]
fn the_scratch_folder_can_be_written_and_is_gone_afterwards() {
    let attack = Attack::new(
        "open('notes.txt', 'w').write('mine')\nprint(os.getcwd(), open('notes.txt').read())",
    );
    let found = attack.run(Wanted::All, LONG);
    let (folder, words) = found.printed.split_once(' ').expect("what was printed");
    assert_eq!(words, "mine");
    assert!(!Path::new(folder).exists(), "{folder}");
}

#[test]
fn no_socket_is_opened() {
    let tcp = "import socket\nsocket.create_connection(('127.0.0.1', 9), 2)";
    refused(calls, DENIED, tcp);
    let udp = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.sendto(b'x', ('127.0.0.1', 9))";
    refused(calls, DENIED, udp);
    let local = "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('/run/docker.sock')";
    refused(calls, DENIED, local);
}

#[test]
fn a_pair_of_sockets_within_the_process_works() {
    let attack = Attack::new(
        "import socket\na, b = socket.socketpair()\na.send(b'hello')\nprint(b.recv(9).decode())",
    );
    assert_eq!(attack.run(Wanted::All, LONG).printed, "hello");
}

#[test]
fn landlock_alone_refuses_tcp_where_it_can() {
    let code = "import socket\nsocket.create_connection(('127.0.0.1', 9), 2)";
    let found = Attack::new(code).run(Wanted::Files, LONG);
    let (exception, message) = raised(&found);
    assert_eq!(
        sandbox(&found).word(),
        if offered().landlock.is_some() {
            "partly sandboxed"
        } else {
            "not sandboxed"
        }
    );
    if offered().landlock >= Some(4) {
        assert_eq!(exception, "PermissionError", "{message}");
    } else {
        eprintln!("not proved here, and said: {}", sandbox(&found).sentence());
        assert!(sandbox(&found).may().contains("may use the network"));
    }
}

#[test]
fn a_layer_that_is_missing_is_said_and_really_missing() {
    let attack = Attack::new("print(open(VICTIM).read())");
    let found = attack.run(Wanted::Calls, LONG);
    assert_eq!(found.printed, "a secret");
    let statement = sandbox(&found).sentence();
    assert!(
        statement.contains("without Landlock, as asked for"),
        "{statement}"
    );
    assert!(
        statement.contains("may read and write whatever you may"),
        "{statement}"
    );
    assert!(found.warnings.contains(&statement), "{:?}", found.warnings);

    let found = attack.run(Wanted::Nothing, LONG);
    assert_eq!(found.printed, "a secret");
    assert_eq!(sandbox(&found).word(), "not sandboxed");
    assert_eq!(sandbox(&found).landlock, None);
    // The same words before it runs.
    let before = attack.with(Wanted::Nothing, LONG, terms);
    assert_eq!(before.word(), "not sandboxed");
    assert_eq!(before.missing, sandbox(&found).missing);
}

#[test]
fn a_process_that_forks_without_end_has_no_children() {
    refused(calls, DENIED, "while True:\n    os.fork()");
}

#[test]
fn a_daemon_cannot_be_left_behind() {
    let code = "
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)";
    refused(calls, DENIED, code);
}

#[test]
fn grandchildren_die_with_the_trial_where_they_can_be_made() {
    let code = "
child = os.fork()
if child == 0:
    time.sleep(600)
print(child)";
    let started = Instant::now();
    let found = Attack::new(code).run(Wanted::Files, LONG);
    let child: u32 = found.printed.trim().parse().expect("its number");
    assert!(started.elapsed() < LONG / 2, "nobody waits for it");
    assert!(gone(child), "{child} lives");
}

#[test]
fn a_shell_cannot_be_started() {
    refused(
        files,
        DENIED,
        "os.execv('/bin/sh', ['sh', '-c', 'echo owned'])",
    );
    refused(
        calls,
        DENIED,
        "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'echo owned'])",
    );
    let found = Attack::new("print(os.system('echo owned'))").run(Wanted::All, LONG);
    if calls(offered()) {
        assert!(!found.printed.contains("owned"), "{}", found.printed);
    }
}

#[test]
fn memory_without_end_is_a_memory_error() {
    let code = "hold = []\nwhile True:\n    hold.append(bytes(64 << 20))";
    let found = Attack::new(code).run(Wanted::All, LONG);
    if cfg!(target_os = "linux") {
        assert_eq!(raised(&found).0, "MemoryError");
        let most = found.run.as_ref().and_then(|run| run.peak_memory);
        assert!(most > Some(1 << 20), "{most:?}");
    }
}

#[test]
fn sleeping_for_ever_is_ended_by_the_clock() {
    let started = Instant::now();
    let found = Attack::new("import signal\nsignal.alarm(0)\ntime.sleep(1e6)")
        .run(Wanted::All, Duration::from_secs(4));
    assert_eq!(found.outcome, Outcome::TimedOut(4.0));
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn working_for_ever_is_ended_by_the_clock() {
    let found = Attack::new("while True:\n    pass").run(Wanted::All, Duration::from_secs(4));
    assert_eq!(found.outcome, Outcome::TimedOut(4.0));
}

#[test]
fn cancelling_ends_it_at_any_moment() {
    let attack = Attack::new("time.sleep(1e6)");
    for wait in [0, 5, 40, 300] {
        let cancel = AtomicBool::new(false);
        let started = Instant::now();
        let found = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(wait));
                cancel.store(true, Ordering::Relaxed);
            });
            attack.with(Wanted::All, LONG, |trial| predict(trial, &cancel))
        });
        let found = found.expect("cancelling is an outcome");
        assert_eq!(found.outcome, Outcome::Cancelled, "after {wait} ms");
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn the_parent_cannot_be_killed_nor_limited() {
    refused(calls, DENIED, "os.kill(os.getppid(), 9)");
    refused(calls, DENIED, "os.kill(-1, 15)");
    refused(calls, DENIED, "os.killpg(os.getpgid(os.getppid()), 9)");
    refused(
        calls,
        DENIED,
        "import resource\nresource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0))",
    );
}

#[test]
fn the_terminal_is_out_of_reach() {
    let found = Attack::new("open('/dev/tty', 'wb', 0).write(b'x')").run(Wanted::All, LONG);
    let (exception, _) = raised(&found);
    // Without a session of its own it would write; the file itself may be closed as well.
    assert!(
        ["PermissionError", "OSError"].contains(&exception),
        "{found:?}"
    );
    let found = Attack::new("open('/dev/tty', 'wb', 0).write(b'x')").run(Wanted::Nothing, LONG);
    assert_eq!(raised(&found).0, "OSError", "{found:?}");
}

#[test]
fn noise_on_every_descriptor_spoils_nothing() {
    let code = "
for number in range(0, 64):
    try:
        os.write(number, bytes(range(256)) * 8 + b'shelflife-trial-1 {\"event\": ')
    except OSError:
        pass
";
    let found = Attack::new(code).run(Wanted::All, LONG);
    let (exception, message) = raised(&found);
    // `exec` answers None, which the worker cannot run: its own words, told whole.
    assert_eq!(exception, "");
    assert!(message.contains("NoneType"), "{message}");
    assert!(!found.printed.chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn a_flood_of_noise_is_dropped_and_said() {
    let code = "
for number in range(1, 64):
    try:
        for _ in range(400):
            os.write(number, b'\\xff\\x1b[2J' * 20000)
    except OSError:
        pass
";
    let found = Attack::new(code).run(Wanted::All, LONG);
    assert!(
        matches!(found.outcome, Outcome::Raised { .. }),
        "{:?}",
        found.outcome
    );
    assert!(
        found
            .warnings
            .iter()
            .any(|w| w.contains("more that was not kept"))
    );
    assert!(found.printed.len() < 1 << 20);
}

#[test]
fn a_crash_has_the_name_of_its_signal() {
    let found = Attack::new("import ctypes\nctypes.string_at(0)").run(Wanted::All, LONG);
    assert_eq!(found.outcome, Outcome::Signal("SIGSEGV".into()));
    let found = Attack::new("os.abort()").run(Wanted::All, LONG);
    assert_eq!(found.outcome, Outcome::Signal("SIGABRT".into()));
    let found = Attack::new("os.kill(os.getpid(), 9)").run(Wanted::All, LONG);
    assert_eq!(found.outcome, Outcome::Signal("SIGKILL".into()));
}

#[test]
fn a_large_file_cannot_be_written() {
    let code = "
import signal
with open('large', 'wb') as file:
    file.truncate(257 << 20)
";
    let found = Attack::new(code).run(Wanted::All, LONG);
    // Python ignores SIGXFSZ, so that the limit is an error.
    assert_eq!(raised(&found).0, "OSError", "{found:?}");
}

/// Numbers of `x86_64`.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_kernels_large_interfaces_are_closed() {
    let code = "
import ctypes
call = ctypes.CDLL(None, use_errno=True).syscall
for name, number in dict(ptrace=101, mount=165, kexec_load=246, keyctl=250, unshare=272,
                         perf_event_open=298, setns=308, process_vm_readv=310, bpf=321,
                         userfaultfd=323, io_uring_setup=425, clone3=435, pidfd_open=434,
                         open_by_handle_at=304, memory_policy_of_tomorrow=999, shmget=29,
                         x32=0x40000000 + 41, chroot=161, setuid=105, tkill=200).items():
    answer = call(number, 0, 0, 0, 0, 0, 0)
    print(name, answer, ctypes.get_errno())
";
    let found = Attack::new(code).run(Wanted::All, LONG);
    if !calls(offered()) {
        assert!(!offered().missing.is_empty());
        return;
    }
    let lines: Vec<&str> = found.printed.lines().collect();
    assert_eq!(lines.len(), 20, "{}", found.printed);
    for line in lines {
        let absent = ["clone3", "memory_policy_of_tomorrow", "x32"];
        let name = line.split(' ').next().unwrap();
        let errno = if absent.contains(&name) { 38 } else { 1 };
        assert_eq!(line, format!("{name} -1 {errno}"));
    }
}

/// `mov eax, 20; int 0x80; ret`: a call by the numbers of a 32-bit program.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn calls_of_another_architecture_kill_the_trial() {
    let code = "
import ctypes, mmap
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
print(ctypes.CFUNCTYPE(ctypes.c_int)(address)())
";
    let found = Attack::new(code).run(Wanted::All, LONG);
    if calls(offered()) {
        // A kernel without 32-bit calls raises the other one by itself.
        let signals = ["SIGSYS", "SIGSEGV"].map(|name| Outcome::Signal(name.into()));
        assert!(signals.contains(&found.outcome), "{found:?}");
    }
}

#[test]
fn the_file_is_the_one_that_was_hashed_even_when_it_is_replaced() {
    let attack = Attack::new("print('first')");
    let digest = shelflife::source::sha256(&attack.artifact).unwrap();
    let found = attack.with(Wanted::All, LONG, |trial| {
        let trial = LiveTrial {
            sha256: Some(digest.clone()),
            ..trial.clone()
        };
        predict(&trial, &AtomicBool::new(false)).unwrap()
    });
    assert_eq!(found.printed, "first");
    assert_eq!(found.run.as_ref().unwrap().sha256.as_ref(), Some(&digest));
    assert_eq!(sandbox(&found).sealed, cfg!(target_os = "linux"));
    // The path is not read again: a trial that replaces its own file changes nothing.
    let other = attack.folder.path().join("other");
    fs::write(&other, hostile("print('second')")).unwrap();
    fs::rename(&other, &attack.artifact).unwrap();
    let changed = attack.with(Wanted::All, LONG, |trial| {
        let trial = LiveTrial {
            sha256: Some(digest.clone()),
            ..trial.clone()
        };
        predict(&trial, &AtomicBool::new(false)).unwrap_err()
    });
    assert!(
        changed.to_string().contains("changed after it was read"),
        "{changed}"
    );
}

/// Starts the command line on a trial that tells its number and sleeps; answers both.
fn sleeping(attack: &Attack, scratch: &Path) -> (std::process::Child, u32) {
    fs::create_dir(scratch).unwrap();
    let input = attack.folder.path().join("rows.csv");
    fs::write(&input, "a\n1\n").unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .args(["predict", "--engine", "python", "--allow-execution"])
        .args(["--time-limit", "300", "--input"])
        .arg(&input)
        .arg("--env")
        .arg(interpreter())
        .arg(&attack.artifact)
        .env("TMPDIR", scratch)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let number = wait_for(|| {
        let folder = fs::read_dir(scratch).ok()?.next()?.ok()?.path();
        let text = fs::read_to_string(folder.join("number")).ok()?;
        text.strip_suffix('.')?.parse::<u32>().ok()
    });
    (program, number.expect("the trial begins"))
}

const SLEEPING: &str = "open('number', 'w').write(str(os.getpid()) + '.')\ntime.sleep(600)";

#[test]
fn the_trial_dies_when_the_program_is_killed() {
    let attack = Attack::new(SLEEPING);
    let (mut program, number) = sleeping(&attack, &attack.folder.path().join("tmp"));
    program.kill().unwrap();
    program.wait().unwrap();
    if cfg!(target_os = "linux") {
        assert!(gone(number), "{number} lives");
    }
}

#[test]
fn an_interrupt_ends_the_trial_and_leaves_nothing_behind() {
    let attack = Attack::new(SLEEPING);
    let scratch = attack.folder.path().join("tmp");
    let (mut program, number) = sleeping(&attack, &scratch);
    let interrupt = Command::new("/bin/sh")
        .args(["-c", "kill -INT $0", &program.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    assert_eq!(program.wait().unwrap().code(), Some(130));
    assert!(gone(number), "{number} lives");
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
}

#[test]
fn the_command_line_says_the_terms_before_and_in_the_result() {
    let attack = Attack::new("");
    let input = attack.folder.path().join("rows.csv");
    fs::write(&input, "a\n1\n").unwrap();
    for (more, word) in [
        (None, offered().word()),
        (Some("--no-sandbox"), "not sandboxed"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_shelflife"))
            .args(["predict", "--engine", "python", "--allow-execution"])
            .args(["--format", "json", "--input"])
            .arg(&input)
            .arg("--env")
            .arg(interpreter())
            .args(more)
            .arg(&attack.artifact)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let line = said.lines().find(|line| line.contains("sandboxed"));
        let line = line.unwrap_or_else(|| panic!("{said}"));
        assert!(line.starts_with(&format!("shelflife: {word}")), "{line}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["run"]["sandbox"]["word"], word, "{json}");
        assert_eq!(json["run"]["sha256"].as_str().unwrap().len(), 64);
    }
}

/// What the closure finds within a minute.
fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if started.elapsed() > Duration::from_mins(1) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether the process ends (or is dead and not yet reaped) within a minute.
fn gone(number: u32) -> bool {
    wait_for(|| {
        let status = fs::read_to_string(format!("/proc/{number}/stat")).ok();
        let dead = status.is_none_or(|text| {
            text.rsplit(')')
                .next()
                .is_some_and(|rest| rest.starts_with(" Z"))
        });
        dead.then_some(())
    })
    .is_some()
}
