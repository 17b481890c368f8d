"""How a contestant talks with the harness: one JSON object a line, requests on standard input, replies on standard output.

A contestant first says who it is ({name, version, details}), then answers
  {op: 'prepare', case}      builds the case and runs it until it is warm; replies with what the harness may print
  {op: 'time', seconds}      repeats the case for about that long; replies with the seconds one run took
  {op: 'memory'}             replies with the resident bytes of this process: {peak, now}
"""

import json
import os
import resource
import sys
import time


def serve(hello, prepare):
    """`prepare(case)` returns (run, info): what to repeat, and a dictionary for the reply."""
    # Libraries print where they like; replies go to the original standard output and nothing else does.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(message):
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    reply(hello)
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "prepare":
                run, info = prepare(request["case"])
                for _ in range(int(request.get("warmUps", 3))):
                    run()
                reply(info)
            elif request["op"] == "time":
                reply({"seconds": repeat(run, request["seconds"])})
            elif request["op"] == "memory":
                reply({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "now": resident()})
            else:
                reply({"error": f"unknown operation {request['op']}"})
        except Exception as error:
            reply({"error": f"{type(error).__name__}: {error}"})


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def repeat(run, seconds):
    """Seconds one run takes, the mean over about `seconds`; at least one run."""
    start = time.perf_counter()
    run()
    first = time.perf_counter() - start
    more = min(10000, int(seconds / max(first, 1e-7)))
    if more < 1:
        return first
    start = time.perf_counter()
    for _ in range(more):
        run()
    return (time.perf_counter() - start) / more
