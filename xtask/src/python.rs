//! Programs from `PyPI`, in virtual environments below `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::run;

/// The folder of the programs that `requirements.txt` brings, in a virtual environment that is made when it is not there.
pub(crate) fn environment(folder: &Path, told: &Path) -> Result<PathBuf, String> {
    let (venv, wanted) = (folder.join("venv"), told.join("requirements.txt"));
    let (programs, installed) = (venv.join("bin"), venv.join("installed.txt"));
    let wanted_text = fs::read_to_string(&wanted).map_err(|error| format!("{}: {error}", wanted.display()))?;
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted_text) {
        return Ok(programs);
    }
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).map_err(|error| {
        format!("{error}\nPython 3.10 or newer with venv is needed: on Debian, apt-get install python3 python3-venv")
    })?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(programs.join("python")).args(pip).arg(&wanted))
        .map_err(|error| format!("{error}\nPyPI must be reachable, or pip be configured with an index that is"))?;
    fs::write(&installed, wanted_text).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(programs)
}
