"""A file with all that is logged."""

import logging

from synapse_magics.core.diagnostic_log import diagnostic_log


def test_what_is_logged_is_in_the_file(tmp_path):
    logger = logging.getLogger("synapse_magics.core.test")
    with diagnostic_log(str(tmp_path / "logs" / "debug.log"), context_name="mine") as log:
        logger.debug("a detail")
    logger.debug("too late")

    text = log.log_path.read_text()
    assert "begin mine" in text
    assert "a detail" in text
    assert "too late" not in text
    assert log.log_path.stat().st_mode & 0o777 == 0o600


def test_begin_and_end_twice(tmp_path):
    log = diagnostic_log(str(tmp_path / "debug.log"), namespaces=["other"])
    log.start_capture()
    log.start_capture()
    logging.getLogger("other").info("once")
    log.stop_capture()
    log.stop_capture()

    assert log.log_path.read_text().count("once") == 1
