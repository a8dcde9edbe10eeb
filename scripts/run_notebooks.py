"""Executes notebooks through their real kernel and is stricter than nbclient about what counts as a success.

A notebook fails on an error in a cell, on an uncaught error that arrives after its cell has ended, on text on
stderr in a cell without the tag "allow-stderr", and on a cell whose "idle" or reply never comes.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionComplete,
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

KERNEL = "attention-lab"
# gives errors that cells left behind in timers and promises the time to show up
LAST_CELL = "await new Promise((resolve) => setTimeout(resolve, 300));"


class StrictClient(NotebookClient):
    """nbclient drops messages that belong to an earlier cell; here the bad ones are remembered."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.late = []

    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        while True:
            message = await self.kc.iopub_channel.get_msg(timeout=None)
            if message["parent_header"].get("msg_id") == parent_msg_id:
                try:
                    self.process_message(message, cell, cell_index)
                except CellExecutionComplete:
                    return
            elif is_complaint(message["msg_type"], message["content"]):
                self.late.append(complaint_text(message["msg_type"], message["content"]))


def is_complaint(kind, content):
    return kind == "error" or (kind == "stream" and content.get("name") == "stderr")


def complaint_text(kind, content):
    if kind == "error":
        return f"{content.get('ename')}: {content.get('evalue')}"
    return f"stderr: {content.get('text', '').strip()}"


def complaints(notebook):
    """What the stored outputs hold against the notebook, one line each."""
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.get("metadata", {}).get("tags", [])
        for output in cell.get("outputs", []):
            if output.output_type == "error" and "raises-exception" not in tags:
                yield f"cell {number}: {complaint_text('error', output)}"
            if (
                output.output_type == "stream"
                and output.name == "stderr"
                and "allow-stderr" not in tags
            ):
                yield f"cell {number}: {complaint_text('stream', output)}"


def execute(path, timeout):
    """Runs one notebook; gives it back with its outputs and the list of everything that went wrong."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(LAST_CELL))
    client = StrictClient(
        notebook,
        kernel_name=KERNEL,
        timeout=timeout,
        startup_timeout=120,
        iopub_timeout=30,
        raise_on_iopub_timeout=True,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": os.path.dirname(path)}},
    )
    problems = []
    try:
        client.execute()
    except CellExecutionError as error:
        problems.append(str(error))
    except (CellTimeoutError, DeadKernelError, asyncio.TimeoutError, RuntimeError) as error:
        problems.append(f"{type(error).__name__}: {error}")
    notebook.cells.pop()
    if not problems:
        problems.extend(complaints(notebook))
    problems.extend(f"after its cell had ended: {text}" for text in client.late)
    return notebook, problems


def store(path, notebook):
    """Writes the outputs back with no trace of when and where they were made."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
    kept = ("kernelspec", "language_info")
    notebook.metadata = nbformat.from_dict(
        {key: notebook.metadata[key] for key in kept if key in notebook.metadata}
    )
    nbformat.validate(notebook)
    partial = f"{path}.new"
    with open(partial, "w", encoding="utf-8") as file:
        file.write(rows_on_one_line(nbformat.writes(notebook)) + "\n")
    os.replace(partial, path)


def rows_on_one_line(text):
    """Lists of numbers as one line each: a heatmap would otherwise take a line, and mostly blanks, per number."""
    value = r"(?:-?\d[\d.eE+-]*|null)"
    # a line break right after the bracket: that never stands inside of a JSON string
    rows = re.compile(rf"\[\n\s*({value}(?:,\n\s*{value})*)\n\s*\]")
    return rows.sub(lambda row: "[" + re.sub(r",\n\s*", ", ", row[1]) + "]", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="+")
    parser.add_argument("--write", action="store_true", help="store the outputs of notebooks that passed")
    parser.add_argument("--timeout", type=int, default=600, help="seconds a cell may take")
    parser.add_argument("--verdicts", help="file for the counts, as JSON")
    options = parser.parse_args()

    failed = 0
    for path in options.notebooks:
        began = time.monotonic()
        notebook, problems = execute(os.path.abspath(path), options.timeout)
        took = time.monotonic() - began
        print(f"  {'✗' if problems else '✓'} {os.path.basename(path)} · {took:.1f} s", flush=True)
        for problem in problems:
            print("    " + problem.strip().replace("\n", "\n    "), flush=True)
        failed += bool(problems)
        if options.write and not problems:
            store(path, notebook)
    if options.verdicts:
        with open(options.verdicts, "w", encoding="utf-8") as file:
            json.dump({"passed": len(options.notebooks) - failed, "failed": failed}, file)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
