// mocha's reporter for `npm test`: one line per suite, failures in full, and the counts in a file
import fs from 'node:fs';
import Mocha from 'mocha';

const { reporters, Runner } = Mocha;

const {
  EVENT_RUN_END,
  EVENT_SUITE_BEGIN,
  EVENT_SUITE_END,
  EVENT_TEST_FAIL,
  EVENT_TEST_PASS,
  EVENT_TEST_PENDING,
} = Runner.constants;

export default class Reporter extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const began = new Map();
    const failed = new Map();
    const failures = [];
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const suites = (test) => {
      const chain = [];
      for (let at = test.parent; at; at = at.parent) chain.push(at);
      return chain;
    };

    runner.on(EVENT_SUITE_BEGIN, (suite) => began.set(suite, Date.now()));
    runner.on(EVENT_TEST_PASS, () => counts.passed++);
    runner.on(EVENT_TEST_PENDING, (test) => {
      counts.skipped++;
      console.log(`  - skipped: ${test.fullTitle()}`);
    });
    runner.on(EVENT_TEST_FAIL, (test) => {
      counts.failed++;
      failures.push(test);
      for (const suite of suites(test)) failed.set(suite, (failed.get(suite) ?? 0) + 1);
      console.log(reporters.Base.color('fail', `  ✗ ${test.fullTitle()}`));
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!suite.parent?.root) return;
      let tests = 0;
      suite.eachTest(() => tests++);
      const time = ((Date.now() - began.get(suite)) / 1000).toFixed(1);
      const bad = failed.get(suite) ?? 0;
      console.log(
        `  ${bad ? '✗' : '✓'} ${suite.title} · ${tests} tests${bad ? `, ${bad} failed` : ''} · ${time} s`,
      );
    });
    runner.on(EVENT_RUN_END, () => {
      if (failures.length > 0) reporters.Base.list(failures);
      const file = process.env.ATTENTION_LAB_TEST_COUNTS;
      if (file) fs.writeFileSync(file, JSON.stringify(counts));
    });
  }
}
