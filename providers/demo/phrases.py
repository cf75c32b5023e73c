"""What Demo Writer composes from. `{topic}` and `{other}` are words of the question."""

_COMMON = """
the and for are was were with that this what when where which who how why can could would should
does did has have had not but you your about into from them they then than there here write words
word please give make tell show slow list some any all one two let get more most
que para com por uma uns umas dos das não como mais quando onde qual quem porque seu sua isso este
esta escreva palavras palavra faça diga mostre sobre
"""
COMMON_WORDS = frozenset(_COMMON.split())

SENTENCES = (
    "Start with {topic}, because the rest leans on it.",
    "A good look at {topic} begins with what is already there.",
    "Between {topic} and {other} there is usually one decision, and it is made early.",
    "Small changes to {topic} show sooner than large plans do.",
    "If {topic} seems hard, halve it and look again.",
    "Keep {topic} in one place, and name it as people say it aloud.",
    "What matters about {topic} is what somebody does with it the next morning.",
    "There are two ways to see {topic}: from the outside, as a promise, and from within, as work.",
    "Most questions about {topic} turn out to be questions about {other}.",
    "Write down what you expect of {topic} before you measure it.",
    "The first version of {topic} may be plain; it may not be confusing.",
    "Colour, rhythm and rest help {topic} as much as facts do.",
    "When {topic} and {other} pull apart, follow the one that can be undone.",
    "A short example says more about {topic} than a long rule.",
    "Leave room around {topic}, so that the eye knows where to land.",
    "Ask three people what {topic} means to them, and keep the words they share.",
    "It helps to say no to one thing about {topic} every week.",
    "Nothing about {topic} has to be perfect in order to be useful.",
    "Good tools make {topic} quiet, and quiet work gets finished.",
    "In the end {topic} is a habit more than a result.",
)

HEADINGS = (
    "A closer look at {topic}",
    "Where {topic} comes in",
    "What to do first",
    "{topic} in practice",
    "How the parts fit",
    "What is easily missed",
    "Putting it together",
    "Next steps",
)

QUOTES = (
    "Make it simple enough to explain, and kind enough to use.",
    "A sketch today is worth more than a plan for {topic} tomorrow.",
    "The work shows you what the work is.",
    "Look twice, change once.",
)

STEPS = (
    "Collect what you know about {topic} on one page.",
    "Mark what is *certain*, what is *likely* and what is a guess.",
    "Choose the smallest part of {topic} that somebody would miss.",
    "Make that part, show it, and listen.",
    "Compare the result with {other}, side by side.",
    "Write the decision down, with its reason, in two sentences.",
    "Set a day on which you look at {topic} again.",
    "Remove what nobody asked about.",
)

TABLE = ("patience", "a clear name", "one good example", "a second look", "a small budget", "time")
