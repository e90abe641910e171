//! Discovery, layouts, `.pth` files, distributions.

use super::*;

#[test]
fn a_virtual_environment_sees_its_base_library_and_not_its_packages() {
    let tree = Tree::new();
    let environment = tree.venv("").open("venv");
    assert_eq!(environment.python.unwrap().to_string(), "3.11.7");
    assert_eq!(environment.interpreter, Some(tree.at("venv/bin/python")));
    assert!(is_found(&environment, "json"));
    assert!(is_found(&environment, "here"));
    assert_eq!(missing(&environment, "onlybase"), "onlybase");
    assert_eq!(environment.base(), tree.at("base"));
}

#[test]
fn system_site_packages_add_the_base_packages() {
    let tree = Tree::new();
    let environment = tree
        .venv("include-system-site-packages = true\n")
        .open("venv");
    assert!(is_found(&environment, "onlybase"));
}

#[test]
fn every_way_to_name_an_environment_leads_to_its_prefix() {
    let tree = Tree::new();
    tree.venv("");
    fs::rename(tree.at("venv"), tree.at(".venv")).unwrap();
    for path in [
        ".venv",
        "",
        ".venv/bin",
        ".venv/bin/python",
        ".venv/lib/python3.11/site-packages",
    ] {
        assert_eq!(tree.open(path).prefix, tree.at(".venv"), "{path}");
    }
}

#[test]
fn an_installation_tells_its_patch_level() {
    let tree = Tree::new();
    let environment = tree.base().open("base");
    assert_eq!(environment.python.unwrap().to_string(), "3.11.7");
    assert!(is_found(&environment, "onlybase"));
    let conda = Tree::new();
    conda
        .file("bin/python3.9", "")
        .file("lib/python3.9/os.py", "")
        .file("conda-meta/python-3.9.18-h955ad1f_0.json", "{}");
    assert_eq!(conda.open("").python.unwrap().to_string(), "3.9.18");
}

#[cfg(unix)]
#[test]
fn a_linked_interpreter_stays_in_its_environment() {
    let tree = Tree::new();
    tree.venv("");
    fs::remove_file(tree.at("venv/bin/python")).unwrap();
    std::os::unix::fs::symlink(tree.at("base/bin/python3.11"), tree.at("venv/bin/python")).unwrap();
    assert_eq!(tree.open("venv/bin/python").prefix, tree.at("venv"));
    assert_eq!(tree.open("base/bin/python3.11").prefix, tree.at("base"));
}

#[test]
fn debian_keeps_packages_in_dist_packages() {
    let tree = Tree::new();
    tree.file("usr/bin/python3.11", "")
        .file("usr/lib/python3.11/os.py", "")
        .file("usr/lib/python3/dist-packages/yaml/__init__.py", "")
        .file(
            "usr/lib/python3/dist-packages/PyYAML-6.0.egg-info",
            "Name: PyYAML\n",
        )
        .file("usr/local/lib/python3.11/dist-packages/local.py", "")
        .file("home/.local/lib/python3.11/site-packages/mine.py", "");
    let environment = Environment::open_with_home(
        &tree.at("usr/bin/python3.11"),
        Origin::Path,
        Some(&tree.at("home")),
    )
    .unwrap();
    for module in ["yaml", "local", "mine"] {
        assert!(is_found(&environment, module), "{module}");
    }
    assert_eq!(environment.distribution("pyyaml").unwrap().version, "6.0");
}

#[test]
fn windows_layouts_are_read() {
    let tree = Tree::new();
    tree.file("py/python.exe", "")
        .file("py/python312.dll", "")
        .file("py/Lib/os.py", "")
        .file("env/Scripts/python.exe", "")
        .file("env/Lib/site-packages/pkg/_core.cp312-win_amd64.pyd", "")
        .file("env/Lib/site-packages/pkg/__init__.py", "");
    tree.file(
        "env/pyvenv.cfg",
        &format!(
            "home = {}\nversion_info = 3.12.1.final.0\n",
            tree.at("py").display()
        ),
    );
    let environment = tree.open("env");
    assert_eq!(environment.python.unwrap().to_string(), "3.12.1");
    assert_eq!(kind(&environment, "pkg._core"), Some(ModuleKind::Compiled));
    assert!(is_found(&environment, "os"));
    assert_eq!(tree.open("py").python.unwrap().minor, 12);
}

#[test]
fn what_is_no_environment_is_named_with_what_was_looked_for() {
    let tree = Tree::new();
    tree.file("models/a.pkl", "");
    let error = Environment::open(&tree.at("models"), Origin::Flag).unwrap_err();
    assert!(error.message.contains("models"), "{error}");
    assert!(error.message.contains("pyvenv.cfg"), "{error}");
    assert!(Environment::open(&tree.at("models/a.pkl"), Origin::Flag).is_err());
    let error = Environment::open(&tree.at("gone"), Origin::Flag).unwrap_err();
    assert!(error.message.contains("does not exist"), "{error}");
}

#[test]
fn path_files_add_folders_and_run_nothing() {
    let tree = Tree::new();
    tree.venv("")
        .file("src/linked/__init__.py", "")
        .file("src/bare.py", "")
        .file("mapped/real_name/__init__.py", "z = 1\n")
        .site("gone.pth", "/no/such/folder\n")
        .site("run.pth", "import os; os.system('true')\n");
    tree.site(
        "a.pth",
        &format!("# comment\n\n{}\n", tree.at("src").display()),
    );
    tree.site(
        "__editable__.mapped-1.0.pth",
        "import __editable___mapped_1_0_finder; __editable___mapped_1_0_finder.install()",
    );
    tree.site(
        "__editable___mapped_1_0_finder.py",
        &format!(
            "MAPPING: dict[str, str] = {{'mapped': '{}'}}\nNAMESPACES = {{}}\n",
            tree.at("mapped/real_name").display()
        ),
    );
    tree.site("_odd_editable.pth", "import _odd_editable\n");
    tree.site("_odd_editable.py", "known = make('odd')\n");
    let environment = tree.open("venv");
    assert!(is_found(&environment, "linked"));
    assert!(is_found(&environment, "bare"));
    assert_eq!(kind(&environment, "mapped"), Some(ModuleKind::Package));
    assert!(matches!(
        environment.module("odd"),
        ModuleLookup::Unknown { .. }
    ));
    assert_eq!(missing(&environment, "even"), "even");
    assert_eq!(environment.start_hooks().len(), 3);
}

#[test]
fn distributions_come_from_folder_names() {
    let tree = Tree::new();
    tree.venv("")
        .site(
            "scikit_learn-1.7.2.dist-info/METADATA",
            "Name: scikit-learn\nRequires-Python: >=3.10\nRequires-Dist: numpy>=1.22.0\nRequires-Dist: scipy>=1.8\n\nRequires-Dist: no\n",
        )
        .site("scikit_learn-1.7.2.dist-info/RECORD", "sklearn/__init__.py,,\nsklearn/_loss/_loss.cpython-311-x86_64-linux-gnu.so,,\n")
        .site("old-0.1-py3.6.egg-info/PKG-INFO", "Name: old\n")
        .site("old-0.1-py3.6.egg-info/top_level.txt", "older\n")
        .site("~umpy-1.0.dist-info/METADATA", "")
        .site("nover.egg-info", "Metadata-Version: 1.0\nName: No.Ver\nVersion: 3.1\n")
        .file("dev/Dev_Thing.egg-info/PKG-INFO", "Name: dev-thing\nVersion: 9\n");
    tree.site(
        "dev-thing.egg-link",
        &format!("{}\n.", tree.at("dev").display()),
    );
    let environment = tree.open("venv");
    let names: Vec<(&str, &str)> = environment
        .installed
        .iter()
        .map(|d| (d.name.as_str(), d.version.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("dev-thing", "9"),
            ("no-ver", "3.1"),
            ("old", "0.1"),
            ("scikit-learn", "1.7.2")
        ]
    );
    let sklearn = environment.distribution("scikit-learn").unwrap();
    assert_eq!(
        environment.dependencies(sklearn),
        ["numpy>=1.22.0", "scipy>=1.8"]
    );
    assert_eq!(
        environment.requires_python(sklearn).as_deref(),
        Some(">=3.10")
    );
    let of = |module| environment.distribution_of_module(module).map(|d| &d.name);
    assert_eq!(of("sklearn.svm").map(String::as_str), Some("scikit-learn"));
    assert_eq!(of("older").map(String::as_str), Some("old"));
    assert_eq!(of("nothing"), None);
}

#[test]
fn discovery_prefers_what_is_said_then_active_then_near_then_path() {
    let tree = Tree::new();
    tree.venv("").file("project/models/x.pkl", "");
    for copy in ["project/.venv", "active"] {
        fs::create_dir_all(tree.at(copy)).unwrap();
        fs::copy(tree.at("venv/pyvenv.cfg"), tree.at(copy).join("pyvenv.cfg")).unwrap();
    }
    let mut request = Discovery {
        flag: Some("venv".into()),
        shelf: Some(tree.at("project/models")),
        cwd: Some(tree.root()),
        variables: Variables {
            virtual_env: Some(tree.at("active")),
            path: vec![tree.at("base/bin")],
            ..Variables::default()
        },
    };
    let found = |request: &Discovery| {
        let candidate = discover(request).unwrap().candidate.unwrap();
        (candidate.prefix, candidate.origin)
    };
    assert_eq!(found(&request), (tree.at("venv"), Origin::Flag));
    request.flag = None;
    assert_eq!(found(&request), (tree.at("active"), Origin::VirtualEnv));
    request.variables.virtual_env = Some(tree.at("stale"));
    assert_eq!(found(&request), (tree.at("project/.venv"), Origin::Nearby));
    assert_eq!(discover(&request).unwrap().passed_over.len(), 1);
    request.shelf = Some(tree.at("base"));
    tree.file("base/bin/python3", "");
    fs::remove_dir_all(tree.at("venv")).unwrap();
    fs::remove_dir_all(tree.at("project/.venv")).unwrap();
    assert_eq!(found(&request), (tree.at("base"), Origin::Path));
    request.variables.path.clear();
    assert!(discover(&request).unwrap().candidate.is_none());
    request.flag = Some("project".into());
    let error = discover(&request).unwrap_err().message;
    assert!(error.starts_with("project is not"), "{error}");
    request.flag = Some("python3.99".into());
    assert!(discover(&request).unwrap_err().message.contains("PATH"));
}

#[test]
fn shims_lead_to_the_selected_version() {
    let tree = Tree::new();
    for version in ["3.9.18", "3.11.7"] {
        let minor = version.rsplit_once('.').unwrap().0;
        for file in [
            format!("bin/python{minor}"),
            "bin/python3".to_owned(),
            format!("lib/python{minor}/os.py"),
        ] {
            tree.file(&format!("root/versions/{version}/{file}"), "");
        }
    }
    tree.file(
        "root/shims/python3",
        "#!/bin/sh\nexec \"/opt/pyenv/libexec/pyenv\" exec python3\n",
    )
    .file("root/version", "3.9.18\n")
    .file("work/deep/here", "")
    .file("usr/bin/python3", "")
    .file("usr/lib/python3.10/os.py", "");
    let mut request = Discovery {
        cwd: Some(tree.at("work/deep")),
        variables: Variables {
            path: vec![tree.at("root/shims"), tree.at("usr/bin")],
            ..Variables::default()
        },
        ..Discovery::default()
    };
    let minor = |request: &Discovery| {
        let found = discover(request).unwrap().candidate.unwrap();
        found.python.unwrap().minor
    };
    assert_eq!(minor(&request), 9, "the root's version");
    tree.file("work/.python-version", "3.11\n");
    assert_eq!(minor(&request), 11, "the nearest file, by prefix");
    request.variables.pyenv_version = Some("3.9.18".into());
    assert_eq!(minor(&request), 9, "the variable");
    request.variables.pyenv_version = Some("system".into());
    assert_eq!(minor(&request), 10, "the rest of PATH");
}

#[test]
fn the_list_holds_each_prefix_once() {
    let tree = Tree::new();
    tree.venv("").file("models/x.pkl", "");
    let request = Discovery {
        shelf: Some(tree.at("models")),
        cwd: Some(tree.at("models")),
        variables: Variables {
            virtual_env: Some(tree.at("venv")),
            home: Some(tree.at("home")),
            ..Variables::default()
        },
        ..Discovery::default()
    };
    let all = list_all(&request);
    let times = all
        .iter()
        .filter(|candidate| candidate.prefix == tree.at("venv"))
        .count();
    assert_eq!(times, 1);
    assert_eq!(all[0].origin, Origin::VirtualEnv);
    assert_eq!(
        all[0].label(),
        format!(
            "{}/venv",
            tree.root().file_name().unwrap().to_str().unwrap()
        )
    );
    assert!(is_found(&all[0].open(), "here"));
}
