"""The network definitions: the contract of a weights file. They follow the tensor; no files, no devices."""
