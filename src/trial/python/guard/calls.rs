//! The filter for system calls: what loading a model never needs is refused, so that it raises in
//! Python as an ordinary `PermissionError`.
//!
//! A list of refusals, since nobody can list what numerical libraries call. It closes what Landlock
//! leaves open: sockets of every family, other processes, signals, modes and owners of files, and
//! the kernel's large interfaces. Numbers past the known ones do not exist for the trial, which
//! covers the x32 ABI too; calls of another architecture kill it.
//! <https://docs.kernel.org/userspace-api/seccomp_filter.html>

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};

/// Where the kernel lists what a filter can answer, since 4.14.
const ACTIONS: &str = "/proc/sys/kernel/seccomp/actions_avail";

/// Calls with this number or a greater one came after the list below was made (`mseal` is 462 on
/// every architecture).
const UNKNOWN: u32 = 463;

/// Newer than the C library's headers; the same number everywhere.
const FCHMODAT2: c_long = 452;

const CLONE_THREAD: u64 = 0x0001_0000;
/// `CLONE_NEWTIME`, `NS`, `CGROUP`, `UTS`, `IPC`, `USER`, `PID`, `NET`.
const NAMESPACES: [u64; 8] = [
    0x80,
    0x0002_0000,
    0x0200_0000,
    0x0400_0000,
    0x0800_0000,
    0x1000_0000,
    0x2000_0000,
    0x4000_0000,
];

/// Requests of `ioctl` that type on a terminal, take one, or have signals sent.
const REQUESTS: [u64; 5] = [0x5412, 0x541c, 0x540e, 0x8901, 0x8902];
/// Commands of `fcntl` that have signals sent to others.
const OWNERS: [i32; 3] = [libc::F_SETOWN, 10, 15];

// `BPF_LD | BPF_W | BPF_ABS`, `BPF_JMP | BPF_JGE | BPF_K`, `BPF_JMP | BPF_JEQ | BPF_K`, `BPF_RET`.
const LOAD: u16 = 0x20;
const AT_LEAST: u16 = 0x35;
const EQUALS: u16 = 0x15;
const ANSWER: u16 = 0x06;
const ERRNO: u32 = 0x0005_0000;

/// Whether this kernel filters system calls, or why not.
pub(super) fn offered() -> Result<(), &'static str> {
    if architecture().is_none() {
        return Err(
            "there is no filter of system calls for this processor, so that network and processes are not guarded",
        );
    }
    let listed = std::fs::read_to_string(ACTIONS).unwrap_or_default();
    let has = |action| listed.split_whitespace().any(|word| word == action);
    if has("errno") && has("kill_process") {
        Ok(())
    } else {
        Err(
            "this kernel offers no filter of system calls, so that network and processes are not guarded",
        )
    }
}

/// Puts the filter on this process.
pub(super) fn restrict() -> Result<(), String> {
    let own = std::process::id();
    let program = program(own).map_err(|error| format!("no filter of system calls: {error}"))?;
    seccompiler::apply_filter(&program)
        .map_err(|error| format!("the filter of system calls was refused: {error}"))
}

fn architecture() -> Option<TargetArch> {
    std::env::consts::ARCH.try_into().ok()
}

fn program(own: u32) -> Result<BpfProgram, String> {
    let target = architecture().ok_or("this processor is not supported")?;
    let rules = rules(own).map_err(|error| error.to_string())?;
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, target)
        .map_err(|error| error.to_string())?;
    let rest: BpfProgram = filter
        .try_into()
        .map_err(|error: seccompiler::BackendError| error.to_string())?;
    // `clone3` keeps its flags in memory, where no filter can look; the C library falls back to
    // `clone` when it is told that there is none.
    let absent = ERRNO | libc::ENOSYS as u32;
    let clone3 = libc::SYS_clone3 as u32;
    let mut program = vec![
        instruction(LOAD, 0, 0, 0),
        instruction(AT_LEAST, 1, 0, UNKNOWN),
        instruction(EQUALS, 0, 1, clone3),
        instruction(ANSWER, 0, 0, absent),
    ];
    program.extend(rest);
    Ok(program)
}

fn instruction(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn rules(own: u32) -> Result<Rules, seccompiler::BackendError> {
    use SeccompCmpArgLen::{Dword, Qword};
    use SeccompCmpOp::{Eq, MaskedEq, Ne};
    let own = u64::from(own);
    let when = |argument, length, operator, value| {
        SeccompCondition::new(argument, length, operator, value)
    };

    let mut rules: Rules = ALWAYS.iter().map(|&call| (call, Vec::new())).collect();
    // No process but this one; threads are welcome, namespaces are not.
    let mut clone = vec![SeccompRule::new(vec![when(
        0,
        Qword,
        MaskedEq(CLONE_THREAD),
        0,
    )?])?];
    for flag in NAMESPACES {
        clone.push(SeccompRule::new(vec![when(
            0,
            Qword,
            MaskedEq(flag),
            flag,
        )?])?);
    }
    rules.insert(libc::SYS_clone, clone);
    // Signals and limits for this process only.
    let others = |zero: bool| -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
        let mut conditions = vec![when(0, Dword, Ne, own)?];
        if zero {
            conditions.push(when(0, Dword, Ne, 0)?);
        }
        Ok(vec![SeccompRule::new(conditions)?])
    };
    for call in [
        libc::SYS_kill,
        libc::SYS_prlimit64,
        libc::SYS_sched_setaffinity,
    ] {
        rules.insert(call, others(true)?);
    }
    for call in [
        libc::SYS_tgkill,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_rt_tgsigqueueinfo,
    ] {
        rules.insert(call, others(false)?);
    }
    // A pair of connected stream sockets reaches nobody; event loops make one.
    let mut pair = vec![SeccompRule::new(vec![when(
        0,
        Dword,
        Ne,
        libc::AF_UNIX as u64,
    )?])?];
    for (mask, value) in [(0xf, 0), (2, 2), (4, 4), (8, 8)] {
        pair.push(SeccompRule::new(vec![when(
            1,
            Dword,
            MaskedEq(mask),
            value,
        )?])?);
    }
    rules.insert(libc::SYS_socketpair, pair);
    rules.insert(
        libc::SYS_sendto,
        vec![SeccompRule::new(vec![when(4, Qword, Ne, 0)?])?],
    );
    let mut requests = Vec::new();
    for request in REQUESTS {
        requests.push(SeccompRule::new(vec![when(1, Dword, Eq, request)?])?);
    }
    rules.insert(libc::SYS_ioctl, requests);
    let mut commands = Vec::new();
    for command in OWNERS {
        commands.push(SeccompRule::new(vec![when(1, Dword, Eq, command as u64)?])?);
    }
    rules.insert(libc::SYS_fcntl, commands);
    // The wish to die with the parent stays.
    rules.insert(
        libc::SYS_prctl,
        vec![SeccompRule::new(vec![when(
            0,
            Dword,
            Eq,
            libc::PR_SET_PDEATHSIG as u64,
        )?])?],
    );
    #[cfg(target_arch = "x86_64")]
    for &call in OLD {
        rules.insert(call, Vec::new());
    }
    Ok(rules)
}

/// Refused whatever the arguments are.
const ALWAYS: &[c_long] = &[
    // Sockets: no new ones, none that reaches somebody.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    // System V memory, semaphores and queues belong to the whole machine.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_mq_open,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_tkill,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_execveat,
    // Modes, owners, attributes and lengths by name: Landlock does not guard them all.
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_truncate,
    libc::SYS_mknodat,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    // Mounts, roots and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // Large interfaces of the kernel.
    libc::SYS_bpf,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_lookup_dcookie,
    libc::SYS_personality,
    // The machine.
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    // Identities: somebody may run this as root.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
];

/// Refused where the architecture still has them.
#[cfg(target_arch = "x86_64")]
const OLD: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mknod,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_modify_ldt,
    libc::SYS_kexec_file_load,
    libc::SYS_uselib,
    libc::SYS__sysctl,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_compiles_and_has_room() {
        let program = program(4242).unwrap();
        // The kernel takes 4,096 instructions; each call walks them.
        assert!(program.len() < 1500, "{}", program.len());
        assert_eq!(program[0].code, LOAD);
        assert_eq!(program[1].k, UNKNOWN);
    }

    #[test]
    fn numbers_of_the_list_are_known_ones() {
        for call in rules(1).unwrap().keys() {
            assert!(*call < i64::from(UNKNOWN), "{call}");
        }
    }
}
