"""Answers to exercise 15: right ones of several kinds, and usual mistakes with their messages."""

import hashlib
import hmac
import json

import numpy as np

# Rates at a threshold -----------------------------------------------------------------------------


def alarm_rates(choosing, real, fake, fpr):
    allowed = int(fpr * len(choosing) + 1e-9)
    at = np.sort(choosing)[len(choosing) - 1 - allowed]
    return at, (fake > at).mean(), (real > at).mean()


def alarm_rates_by_search(choosing, real, fake, fpr):
    for at in sorted(choosing.tolist()):
        if sum(logit > at for logit in choosing.tolist()) <= fpr * len(choosing) + 1e-9:
            break
    return [at, np.mean([logit > at for logit in fake]), np.mean([logit > at for logit in real])]


def alarm_rates_by_quantile(choosing, real, fake, fpr):
    at = np.quantile(choosing, 1 - fpr, method="inverted_cdf")
    return float(at), float((fake > at).mean()), float((real > at).mean())


def rates_at(threshold):
    def answer(choosing, real, fake, fpr):
        at = threshold(choosing, real, fake, fpr)
        return at, (fake > at).mean(), (real > at).mean()

    return answer


def ordered_at(place):
    return rates_at(
        lambda choosing, real, fake, fpr: np.sort(choosing)[
            place(len(choosing), int(fpr * len(choosing) + 1e-9))
        ]
    )


def with_equal(choosing, real, fake, fpr):
    at = alarm_rates(choosing, real, fake, fpr)[0]
    return at, (fake >= at).mean(), (real >= at).mean()


def rates_from(change):
    return lambda *case: change(*alarm_rates(*case), case[-1])


# A new prevalence ---------------------------------------------------------------------------------


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def log_odds(share):
    return np.log(share / (1 - share))


def at_prevalence(logits, trained, actual):
    return sigmoid(logits + log_odds(actual) - log_odds(trained))


def at_prevalence_by_bayes(logits, trained, actual):
    p = sigmoid(logits)
    fake, real = p * actual / trained, (1 - p) * (1 - actual) / (1 - trained)
    return (fake / (fake + real)).tolist()


def overflowing(logits, trained, actual):
    return 1 / (1 + np.exp(-(logits + log_odds(actual) - log_odds(trained))))


# The watermark ------------------------------------------------------------------------------------


def mark_score(coefficients, signs):
    product = coefficients * signs
    return product.sum(axis=1) / np.maximum(np.linalg.norm(product, axis=1), 1e-12)


def mark_score_by_loop(coefficients, signs):
    scores = []
    for row in coefficients:
        used = row[signs != 0]
        length = np.sqrt(used @ used)
        scores.append(used @ signs[signs != 0] / length if length else 0.0)
    return scores


def with_denominator(denominator):
    def answer(coefficients, signs):
        product = coefficients * signs
        return product.sum(axis=1) / np.maximum(denominator(coefficients, product), 1e-12)

    return answer


def without_care(coefficients, signs):
    product = coefficients * signs
    return product.sum(axis=1) / np.linalg.norm(product, axis=1)


# The signed note ----------------------------------------------------------------------------------


def signature_of(note, key):
    return hmac.new(key, note.encode(), hashlib.sha256).hexdigest()


def fits(note, pixels):
    return json.loads(note)["pixels"] == hashlib.sha256(pixels.tobytes()).hexdigest()


def verdict(note, signature, pixels, key):
    if not hmac.compare_digest(signature.encode(), signature_of(note, key).encode()):
        return "forged"
    return "valid" if fits(note, pixels) else "changed"


def verdict_by_digest(note, signature, pixels, key):
    if hmac.digest(key, note.encode(), "sha256").hex() != signature:
        return "forged"
    said = json.loads(note)["pixels"]
    return "changed" if said != hashlib.sha256(bytes(pixels)).hexdigest() else "valid"


def verdict_of_texts(note, signature, pixels, key):
    if not hmac.compare_digest(signature, signature_of(note, key)):
        return "forged"
    return "valid" if fits(note, pixels) else "changed"


def pixels_first(note, signature, pixels, key):
    try:
        if not fits(note, pixels):
            return "changed"
    except ValueError:
        return "changed"
    return "valid" if signature == signature_of(note, key) else "forged"


def only_pixels(note, signature, pixels, key):
    try:
        return "valid" if fits(note, pixels) else "changed"
    except ValueError:
        return "forged"


RIGHT = {
    "alarm_rates": [
        lambda *case: np.array(alarm_rates(*case)),
        alarm_rates,
        alarm_rates_by_search,
        alarm_rates_by_quantile,
    ],
    "at_prevalence": [at_prevalence, at_prevalence_by_bayes],
    "mark_score": [mark_score, mark_score_by_loop],
    "verdict": [verdict, verdict_by_digest],
}

WRONG = {
    "alarm_rates": [
        (rates_at(lambda *case: 0.0), "at a threshold of 0"),
        (lambda c, real, fake, fpr: alarm_rates(real, real, fake, fpr), "flatters themselves"),
        (lambda c, real, fake, fpr: alarm_rates(fake, real, fake, fpr), "from the generated"),
        (with_equal, "not if it is equal"),
        (rates_from(lambda at, tpr, fpr, wish: (at, fpr, tpr)), "have changed places"),
        (ordered_at(lambda n, allowed: n - 2 - allowed), "One more real image than allowed"),
        (ordered_at(lambda n, allowed: min(n - 1, n - allowed)), "One real image more could"),
        (ordered_at(lambda n, allowed: allowed), "at the other end"),
        (rates_from(lambda at, tpr, fpr, wish: (at, 1 - tpr, 1 - fpr)), "raise no alarm"),
        (rates_from(lambda at, tpr, fpr, wish: (at, tpr, wish)), "wished for"),
        (rates_from(lambda at, tpr, fpr, wish: (at, tpr)), "three numbers"),
        (rates_from(lambda at, tpr, fpr, wish: (at + 9, tpr, fpr)), "by hand"),
    ],
    "at_prevalence": [
        (
            lambda logits, trained, actual: logits + log_odds(actual) - log_odds(trained),
            "These are logits",
        ),
        (lambda logits, trained, actual: sigmoid(logits), "makes no difference"),
        (lambda logits, trained, actual: at_prevalence(logits, actual, trained), "wrong sign"),
        (lambda logits, trained, actual: sigmoid(logits) * actual, "by the prevalence"),
        (
            lambda logits, trained, actual: np.minimum(1, sigmoid(logits) * actual / trained),
            "by a ratio of shares",
        ),
        (
            lambda logits, trained, actual: sigmoid(logits + np.log(actual / trained)),
            "difference of log *odds*",
        ),
        (
            lambda logits, trained, actual: sigmoid(logits + log_odds(actual)),
            "The share in training is missing",
        ),
        (lambda *case: 1 - at_prevalence(*case), "that an image is real"),
        (overflowing, "np.tanh never overflows"),
        (lambda logits, *shares: 0.3 + 0 * logits, "must be actual"),
        (lambda *case: at_prevalence(*case)[:-1], "shape"),
    ],
    "mark_score": [
        (lambda c, signs: (c * signs).sum(axis=1), "The division is missing"),
        (with_denominator(lambda c, product: np.linalg.norm(c, axis=1)), "with the sign 0"),
        (
            with_denominator(lambda c, product: np.sqrt((product != 0).any(0).sum())),
            "You divide by √k",
        ),
        (with_denominator(lambda c, product: (product**2).sum(axis=1)), "The root is missing"),
        (with_denominator(lambda c, product: np.abs(product).sum(axis=1)), "not a sum of sizes"),
        (
            lambda c, signs: mark_score(c, signs) / np.sqrt((signs != 0).sum()),
            "This is a correlation",
        ),
        (lambda c, signs: np.abs(mark_score(c, signs)), "The size alone"),
        (without_care, "the score should be 0"),
        (lambda c, signs: mark_score(c, signs) + 1, "By hand"),
        (lambda c, signs: mark_score(c, signs)[:, None], "shape"),
    ],
    "verdict": [
        (pixels_first, "It must be looked at first"),
        (verdict_of_texts, "encode both sides"),
        (only_pixels, "only the signature needs the key"),
        (
            lambda note, signature, pixels, key: (
                "valid" if signature == signature_of(note, key) else "forged"
            ),
            "Compare the fingerprint",
        ),
        (lambda note, *rest: "forged", "that nobody touched"),
        (
            lambda note, signature, pixels, key: (
                "valid" if verdict(note, signature, pixels, key) == "valid" else "forged"
            ),
            "changed, not forged",
        ),
        (lambda *case: verdict(*case) == "valid", "one of the words"),
    ],
}
