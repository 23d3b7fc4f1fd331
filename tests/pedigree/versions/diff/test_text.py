"""What people read of two versions, exactly; and what a hostile text becomes in it."""

from rich.console import Console

from pedigree.versions.diff.compare import compare_readers
from pedigree.versions.diff.text import format_comparison
from tests.support.diff_versions import make_sides

SAID = """\
pets v1.0.0 -> v1.1.0: major
  v1.0.0  not published  0.2500 USD
  v1.1.0  not published  cost unknown

rows: 6 -> 7; 4 in both
  in 3; rejected before: surplus 1; not made before: 2
    + c1 fish: Bubbles.
    + d1 fish: It swims.
    + d2 dog: Woof.
  out 2; rejected now: near-duplicate 1; not made now: 1
    - a3 dog: It barks.
    - a4 dog: Woof.
  of the rows in, with the words and the label of one that is out: 1
  in another split 1
    b1 split: validation -> train
  relabelled 1
    a2 label: cat -> dog
  reworded 1
    b2 text: A wagging tail. -> A wagging tail!

labels
  label  before  after  change  in  out  target
  cat         3      2      -1   0    0  50.0% -> 40.0%
  dog         3      3       0   1    2  50.0% -> 30.0%
  fish        -      2      +2   2    0  none -> 30.0%

recipe: changed values: 5
  labels.cat.share   0.5 -> 0.4
  labels.dog.means   a dog -> none
  labels.dog.share   0.5 -> 0.3
  labels.fish.share  none -> 0.3
  rows               6 -> 7
    @@ -1,9 +1,10 @@
     labels:
       cat:
    -    share: 0.5
    +    share: 0.4
         means: a cat
       dog:
    -    share: 0.5
    -    means: a dog
    -rows: 6
    +    share: 0.3
    +  fish:
    +    share: 0.3
    +rows: 7
     task: Which?

files: changed: 1
  template prompts/zero-shot.j2 changed
    @@ -1,2 +1,2 @@
     Write a row.
    -Briefly.
    +At length.

prompts: 3 -> 3; 2 in both
  first prompt of zero-shot
    @@ -1,3 +1,3 @@
     [user]
     Write a row.
    -Briefly.
    +At length.

models: completions
  openai/large as m-1  0  3  +3
  openai/small as m-1  3  0  −3

better or worse: figures by which a version is chosen
                               before  after  the later is
  Candidates that became rows    0.75    0.7  worse

screens: changed: 1, the same: 1
                  before  after  change
  near-duplicate       0      1      +1

metrics: changed: 2, the same: 1
                before  after  change
  counts.rows        6      7      +1
  counts.yield    0.75    0.7   −0.05

gates: suite text-classification; changed: 1, the same: 1
  labels  holds (0.0, limit 0.1) -> holds (0.02, limit 0.1)"""


def test_a_small_diff(tmp_path):
    assert format_comparison(compare_readers(*make_sides(tmp_path))).plain == SAID


def test_only_a_terminal_gets_colour(tmp_path):
    said = format_comparison(compare_readers(*make_sides(tmp_path)))
    for terminal in (False, True):
        console = Console(force_terminal=terminal, color_system="standard" if terminal else None, width=100)
        with console.capture() as shown:
            console.print(said)
        assert ("\x1b[32m" in shown.get()) is terminal


def test_sides_that_are_equal_have_a_line_a_section(tmp_path):
    side, _ = make_sides(tmp_path)
    said = format_comparison(compare_readers(side, side)).plain
    assert said.startswith("pets v1.0.0 -> v1.0.0: the same\n")
    assert "recipe: changed values: 0\n\nfiles: changed: 0\n\nprompts: 3 -> 3; 3 in both\n\nmodels" in said


def test_hostile_text_steers_no_terminal_and_makes_no_line(tmp_path):
    said = format_comparison(compare_readers(*make_sides(tmp_path, hostile="\x1b[2J\u202e\nforged: 1\r[bold]"))).plain
    assert not set("\x1b\u202e\r") & set(said)
    assert "⟨001B⟩[2J⟨202E⟩" in said and "[bold]" in said
    assert not [line for line in said.splitlines() if line.startswith("forged")]
