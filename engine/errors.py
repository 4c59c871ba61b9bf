"""What the engine says when it refuses. One sentence each: which file, what is wrong, what to do."""


class RespinError(Exception):
    """A refusal that the reader can mend; its text is shown as it stands (exit code 2)."""


class UnreadableScan(RespinError):
    """The file is missing, damaged, or not what its name says."""


class UnsupportedScan(RespinError):
    """The file is sound, but holds something that Respin does not work on."""


class UnknownModality(RespinError):
    """The contrast of a scan, or the name of a target, is not known."""


class BadBundle(RespinError):
    """A folder of weights is missing, incomplete, altered, or made for another version."""


class UnusableDevice(RespinError):
    """The device asked for is not there."""


class FailedSynthesis(RespinError):
    """The networks could not finish: no memory, a device that is gone, or answers that are no numbers."""


class UnwritableOutput(RespinError):
    """The place where a result should go cannot take it."""


class BadCheckpoint(RespinError):
    """A file of foreign weights is damaged, carries code, or is of networks that Respin does not run."""
