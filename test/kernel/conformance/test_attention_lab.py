"""Jupyter's own conformance suite, run against our kernel: python -m unittest test_attention_lab

Needs jupyter_kernel_test and the kernel registered under the name attention-lab (or JUPYTER_PATH pointing at
kernel-ext/share/jupyter), and a working directory inside of the project.
"""

import unittest

import jupyter_kernel_test


class AttentionLabKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "attention-lab"
    language_name = "typescript"
    file_extension = ".ts"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the suite's own time limits are no match for a compiler that warms up on a busy machine
        cls.kc.execute_interactive("0", timeout=180)

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('to stderr')"
    code_generate_error = "throw new RangeError('on purpose')"

    completion_samples = [
        {"text": "Math.fl", "matches": {"floor"}},
        {"text": "process.pl", "matches": {"platform"}},
        {"text": "import * as f from 'node:fs/pro", "matches": {"promises"}},
    ]
    complete_code_samples = [
        "1",
        "console.log('hi')",
        "const f = (x: number) => {\n  return x;\n};",
        "await (Promise.resolve(1))",
    ]
    incomplete_code_samples = [
        "function f() {",
        "console.log('hi'",
        "const text = `one\ntwo",
        "[1, 2,",
        "/* a comment",
    ]
    invalid_code_samples = ["import = 7q", "const 5x = ;\n1", ")("]

    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "6 * 7", "result": "42"},
        {"code": "'text'", "result": "'text'"},
        {"code": "await (Promise.resolve([1, 2]))", "result": "[ 1, 2 ]"},
    ]
    code_display_data = [
        {
            "code": "import { display } from 'attention-lab/notebook'; void display({ 'image/png': 'aGk=' })",
            "mime": "image/png",
        },
        {
            "code": "void display({ 'application/vnd.vegalite.v5+json': { mark: 'bar' } })",
            "mime": "application/vnd.vegalite.v5+json",
        },
    ]
    code_inspect_sample = "Math.max"
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_clear_output = "import { clearOutput } from 'attention-lab/notebook'; clearOutput()"


class AttentionLabWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "attention-lab"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
