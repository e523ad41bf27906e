"""A simulated platform: a day of posts, who made them, and who reported them.

Nothing here comes from a real service. The numbers are assumptions. What matters is the structure:
abuse is rare, most generated pictures are harmless, signals share causes, and accounts that
coordinate or automate their posts are mostly honest.
"""

from dataclasses import dataclass

import numpy as np

from ganlib.support.validation import real_number, whole_number

__all__ = ["KINDS", "Day", "simulate"]

# What an account may be; the index is its number in Day.kind.
KINDS = ("person", "automaton", "ring", "club", "brigade")
PERSON, AUTOMATON, RING, CLUB, BRIGADE = range(len(KINDS))

POSTS_AN_ACCOUNT = 5
GENERATED = 0.02  # share of the honest posts with a generated picture: art, jokes, advertising
FROM_RINGS = 0.6  # share of the abusive posts that come from rings of accounts
RING_ACCOUNTS, RING_PICTURES, POSTS_IN_RING = 10, 8, 5
CLUB_ACCOUNTS, CLUB_PICTURES = 15, 4
BRIGADE_ACCOUNTS, BRIGADE_TARGETS, TAKING_PART = 30, 5, 0.8
AUTOMATON_POSTS = 20
PASSED_ON = 0.3  # share of the ordinary posts that repeat somebody's picture
VIEWS_MEDIAN, VIEWS_SPREAD = 30.0, 1.7
REPORTS_A_VIEW = {"abusive": 1 / 300, "honest": 1 / 30_000}
OBVIOUS = 1.0  # how much faster people report what looks one standard deviation more suspicious
COMMON = 0.8  # correlation of the look with the detector's score, given the kind of picture
AGREE = 0.9  # correlation of both detectors' scores, given the kind of picture


@dataclass(frozen=True)
class Day:
    """All posts of one day. Arrays ``(n,)`` are about posts, ``(a,)`` about accounts.

    Attributes:
        abusive: bool ``(n,)``, the truth: a generated picture, posted to deceive.
        generated: bool ``(n,)``, whether the picture was generated, abusive or not. A model of the
            day, not of pictures: for an honest post it is drawn anew, also where the picture was
            passed on, and so are both detectors' scores, as if each had saved it in its own way.
        author: int64 ``(n,)``, the account.
        picture: int64 ``(n,)``; posts with the same number show the same picture.
        hour: float64 ``(n,)``, when it was posted, 0 to 24.
        views: float64 ``(n,)``, how often it will have been seen if nobody removes it.
        filter_score: float64 ``(n,)``, what the detector of generated pictures says: photographs
            have mean 0 and standard deviation 1.
        second_score: float64 ``(n,)``, what a second detector says, trained on similar pictures.
        reports: int64 ``(n,)``, how many people reported it.
        brigaded: bool ``(n,)``, the truth: honest, and reported by a brigade.
        report_post: int64 ``(r,)``, the post of each report.
        report_account: int64 ``(r,)``, who reported it.
        kind: int8 ``(a,)``, the truth about each account, an index into ``KINDS``.
    """

    abusive: np.ndarray
    generated: np.ndarray
    author: np.ndarray
    picture: np.ndarray
    hour: np.ndarray
    views: np.ndarray
    filter_score: np.ndarray
    second_score: np.ndarray
    reports: np.ndarray
    brigaded: np.ndarray
    report_post: np.ndarray
    report_account: np.ndarray
    kind: np.ndarray


def simulate(
    posts: int = 1_000_000,
    *,
    prevalence: float = 5e-4,
    separation: float = 2.0,
    brigades: int = 40,
    seed: int = 0,
) -> Day:
    """A day on the platform.

    Every post looks suspicious to some degree, a standard normal number that nobody sees. It moves
    the detector's score and the reports alike: what fools the one tends to fool the others.

    Args:
        posts: how many, at least 20,000.
        prevalence: the share of abusive posts.
        separation: how many standard deviations lie between the detector's mean scores for
            generated pictures and for photographs.
        brigades: how many groups of accounts report honest posts that they dislike.
        seed: of NumPy's generator.

    Returns:
        A ``Day``.

    Raises:
        TypeError, ValueError: an argument out of range.

    >>> day = simulate(20_000, seed=1)
    >>> int(day.abusive.sum()), day.kind.shape
    (10, (4000,))
    """
    posts = whole_number(posts, "posts", 20_000)
    prevalence = real_number(prevalence, "prevalence", above=0, most=0.2)
    separation = real_number(separation, "separation", least=0)
    brigades = whole_number(brigades, "brigades", 0, most=posts // 500)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    bad = max(1, round(posts * prevalence))
    kind, groups = _accounts(rng, posts, bad, brigades)
    author, picture, hour, abusive = _posts(rng, posts, bad, kind, groups)

    order = rng.permutation(posts)  # so that nothing can be read off the order of posts
    author, picture, hour, abusive = (each[order] for each in (author, picture, hour, abusive))
    generated = abusive | (rng.random(posts) < GENERATED)
    views = VIEWS_MEDIAN * np.exp(VIEWS_SPREAD * rng.standard_normal(posts))
    look = rng.standard_normal(posts)
    score = separation * generated + _correlated(rng, look, COMMON)
    second = separation * generated + _correlated(rng, score - separation * generated, AGREE)
    often = np.exp(OBVIOUS * look - OBVIOUS**2 / 2)  # 1 on average
    rate = np.where(abusive, REPORTS_A_VIEW["abusive"], REPORTS_A_VIEW["honest"])
    report_post = np.repeat(np.arange(posts), rng.poisson(rate * views * often))
    people = np.flatnonzero(kind == PERSON)
    report_account = rng.choice(people, len(report_post))

    targets, attackers, brigaded = _attacks(rng, abusive, groups["brigade"])
    report_post = np.concatenate([report_post, targets])
    report_account = np.concatenate([report_account, attackers])
    reports = np.bincount(report_post, minlength=posts)
    return Day(
        abusive=abusive,
        generated=generated,
        author=author,
        picture=picture,
        hour=hour,
        views=views,
        filter_score=score,
        second_score=second,
        reports=reports,
        brigaded=brigaded,
        report_post=report_post,
        report_account=report_account,
        kind=kind,
    )


def _correlated(rng: np.random.Generator, normal: np.ndarray, correlation: float) -> np.ndarray:
    """Standard normal numbers with a given correlation to other ones."""
    own = rng.standard_normal(len(normal))
    return correlation * normal + np.sqrt(1 - correlation**2) * own


def _accounts(
    rng: np.random.Generator, posts: int, bad: int, brigades: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What each account is, and the accounts of each ring, club and brigade, a row for a group."""
    accounts = posts // POSTS_AN_ACCOUNT
    counts = {
        "ring": (max(1, round(FROM_RINGS * bad / (RING_ACCOUNTS * POSTS_IN_RING))), RING_ACCOUNTS),
        "club": (max(1, posts // 20_000), CLUB_ACCOUNTS),
        "brigade": (brigades, BRIGADE_ACCOUNTS),
        "automaton": (accounts // 200, 1),
    }
    ids = rng.permutation(accounts)
    kind, groups, used = np.zeros(accounts, np.int8), {}, 0
    for name, (rows, size) in counts.items():
        groups[name] = ids[used : used + rows * size].reshape(rows, size)
        kind[groups[name]] = KINDS.index(name)
        used += rows * size
    return kind, groups


def _posts(
    rng: np.random.Generator,
    posts: int,
    bad: int,
    kind: np.ndarray,
    groups: dict[str, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Author, picture, hour and truth of each post, one kind of post after the other."""
    people = np.flatnonzero(kind == PERSON)
    from_rings = round(FROM_RINGS * bad)
    rings, clubs, automata = groups["ring"], groups["club"], groups["automaton"].ravel()
    in_ring, in_club = np.arange(from_rings), np.arange(clubs.size * CLUB_PICTURES)
    regular = np.arange(len(automata) * AUTOMATON_POSTS)
    parts = [
        (rings.ravel()[in_ring % rings.size], True),  # what rings post to deceive
        (rings.ravel()[in_ring % rings.size], False),  # and what they post as cover
        (rng.choice(people, bad - from_rings), True),  # abuse by single people
        (clubs.ravel()[in_club % clubs.size], False),
        (automata[regular % len(automata)], False),
    ]
    ordinary = posts - sum(len(authors) for authors, _ in parts)
    activity = np.cumsum(rng.gamma(1.0, size=len(people)))  # some post much, most little
    drawn = np.searchsorted(activity, rng.random(ordinary) * activity[-1])
    parts.append((people[drawn], False))
    author = np.concatenate([authors for authors, _ in parts])
    abusive = np.concatenate([np.full(len(authors), truth) for authors, truth in parts])

    picture = np.arange(posts) + posts  # each its own, until somebody passes on another's
    memes = max(100, posts // 50)
    popular = np.cumsum(1 / (np.arange(memes) + 10.0))
    passed_on = rng.random(posts) < PASSED_ON
    passed_on[:from_rings] = False
    picture[passed_on] = np.searchsorted(popular, rng.random(passed_on.sum()) * popular[-1])
    # Groups show pictures of their own, and each member another choice of them.
    ring_of = in_ring % rings.size // RING_ACCOUNTS
    picture[:from_rings] = -1 - ring_of * RING_PICTURES - rng.integers(0, RING_PICTURES, from_rings)
    start = 2 * from_rings + bad - from_rings
    club_of = in_club % clubs.size // CLUB_ACCOUNTS
    own = -1 - rings.size * RING_PICTURES - club_of * CLUB_PICTURES - in_club // clubs.size
    picture[start : start + len(in_club)] = own

    hour = np.mod(rng.normal(15.0, 5.0, posts), 24.0)  # people sleep
    start += len(in_club)
    hour[start : start + len(regular)] = _by_the_clock(
        rng, regular // len(automata), AUTOMATON_POSTS, len(automata), regular % len(automata)
    )
    half = in_ring % 2 == 0  # every other member of a ring is a program
    rounds = max(1, int(np.ceil(from_rings / rings.size)))
    at = _by_the_clock(rng, in_ring // rings.size, rounds, rings.size, in_ring % rings.size)
    for first in (0, from_rings):  # cover posts half an interval later
        shifted = np.mod(at + (first > 0) * 12.0 / rounds, 24.0)
        hour[first : first + from_rings][half] = shifted[half]
    return author, picture, hour, abusive


def _by_the_clock(
    rng: np.random.Generator, turn: np.ndarray, turns: int, accounts: int, who: np.ndarray
) -> np.ndarray:
    """Hours of posts at regular intervals through the day, with a little jitter."""
    start = rng.uniform(0, 24.0 / turns, accounts)
    jitter = rng.normal(0, 0.03 * 24.0 / turns, len(turn))
    return np.mod(start[who] + turn * 24.0 / turns + jitter, 24.0)


def _attacks(
    rng: np.random.Generator, abusive: np.ndarray, brigades: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The reports of brigades: posts, accounts, and which posts were attacked."""
    honest = np.flatnonzero(~abusive)
    targets = rng.choice(honest, (len(brigades), BRIGADE_TARGETS), replace=False)
    shape = (len(brigades), BRIGADE_TARGETS, BRIGADE_ACCOUNTS)
    takes_part = rng.random(shape) < TAKING_PART
    posts = np.broadcast_to(targets[:, :, None], shape)[takes_part]
    accounts = np.broadcast_to(brigades[:, None, :], shape)[takes_part]
    brigaded = np.zeros(len(abusive), bool)
    brigaded[targets] = True
    return posts, accounts, brigaded
