#include "RefusedText.h"

#include "Format.h"

#include <algorithm>
#include <utility>

namespace concierge::monitor {

namespace {

struct Reason
{
    const char *name;
    const char *brief;
    const char *text;
    const char *advice = nullptr;
};

constexpr Reason reasons[] = {
    {"origin", QT_TRANSLATE_NOOP("RefusedText", "page not in CLIENT_URL"),
     QT_TRANSLATE_NOOP("RefusedText", "came from a page that CLIENT_URL does not name"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether CLIENT_URL names the address of the front end.")},
    {"draining", QT_TRANSLATE_NOOP("RefusedText", "server was stopping"),
     QT_TRANSLATE_NOOP("RefusedText", "came while the server was stopping")},
    {"bad_request", QT_TRANSLATE_NOOP("RefusedText", "not understood"),
     QT_TRANSLATE_NOOP("RefusedText", "sent what is no request")},
    {"unknown_session", QT_TRANSLATE_NOOP("RefusedText", "connection over"),
     QT_TRANSLATE_NOOP("RefusedText", "wanted to go on with a connection that is over")},
    {"unknown_transport", QT_TRANSLATE_NOOP("RefusedText", "unknown transport"),
     QT_TRANSLATE_NOOP("RefusedText", "wanted a transport that there is not")},
    {"bad_method", QT_TRANSLATE_NOOP("RefusedText", "wrong method"),
     QT_TRANSLATE_NOOP("RefusedText", "asked in a way that is not for connecting (HTTP method)")},
    {"unsupported_protocol", QT_TRANSLATE_NOOP("RefusedText", "old client"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a version of Socket.IO that the server does not speak"),
     QT_TRANSLATE_NOOP("RefusedText", "Clients are too old: give them a newer version of Socket.IO.")},
    {"not_found", QT_TRANSLATE_NOOP("RefusedText", "wrong path"),
     QT_TRANSLATE_NOOP("RefusedText", "asked for a path that there is not")},
    {"too_large", QT_TRANSLATE_NOOP("RefusedText", "too large"),
     QT_TRANSLATE_NOOP("RefusedText", "sent more than may be sent at once")},
    {"timeout", QT_TRANSLATE_NOOP("RefusedText", "too slow"),
     QT_TRANSLATE_NOOP("RefusedText", "did not finish their request in time")},
    {"token_missing", QT_TRANSLATE_NOOP("RefusedText", "no token"),
     QT_TRANSLATE_NOOP("RefusedText", "came without a token of sign-in"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether the front end sends a token: auth: { token }.")},
    {"token_malformed", QT_TRANSLATE_NOOP("RefusedText", "no real token"),
     QT_TRANSLATE_NOOP("RefusedText", "came with what is no token"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether the front end sends the whole token, and nothing else.")},
    {"token_algorithm", QT_TRANSLATE_NOOP("RefusedText", "token of another kind"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token that is signed in a way that no key is for"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "Tokens are signed with another algorithm than the server has a key for: look at JWT_SECRET and "
         "JWT_PUBLIC_KEY_FILE. If nobody changed that, somebody may be trying forged tokens.")},
    {"token_key", QT_TRANSLATE_NOOP("RefusedText", "token of an unknown key"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token of a key that the server does not have"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "Give the server the new key too: a JWK Set in JWT_PUBLIC_KEY_FILE or JWT_SECRET_FILE.")},
    {"token_signature", QT_TRANSLATE_NOOP("RefusedText", "forged token"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token whose signature is wrong"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether the server has the key that tokens are signed with. If "
                                      "it has, somebody tries forged tokens.")},
    {"token_expired", QT_TRANSLATE_NOOP("RefusedText", "expired token"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token that has expired"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether the front end fetches a fresh token before it connects, "
                                      "and whether the clocks are right.")},
    {"token_not_yet_valid", QT_TRANSLATE_NOOP("RefusedText", "token of the future"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token that is not valid yet"),
     QT_TRANSLATE_NOOP("RefusedText",
                       "Look whether the clocks of this computer and of who issues the tokens are right.")},
    {"token_issuer", QT_TRANSLATE_NOOP("RefusedText", "token of another issuer"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token of another issuer than JWT_ISSUER"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether JWT_ISSUER names who issues the tokens.")},
    {"token_audience", QT_TRANSLATE_NOOP("RefusedText", "token for others"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token that is not for JWT_AUDIENCE"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether JWT_AUDIENCE names what the tokens are issued for.")},
    {"token_user", QT_TRANSLATE_NOOP("RefusedText", "token without a user"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a token that names no user"),
     QT_TRANSLATE_NOOP("RefusedText",
                       "Look whether JWT_USER_CLAIM names the claim that holds the user's id.")},
    {"tls_plain_http", QT_TRANSLATE_NOOP("RefusedText", "http instead of https"),
     QT_TRANSLATE_NOOP("RefusedText", "came by http to a port that speaks https"),
     QT_TRANSLATE_NOOP("RefusedText", "Give the front end the server's address with https:// in front.")},
    {"tls_version", QT_TRANSLATE_NOOP("RefusedText", "old encryption"),
     QT_TRANSLATE_NOOP("RefusedText", "know only encryption that is no longer safe (TLS 1.1 or older)"),
     QT_TRANSLATE_NOOP("RefusedText", "Clients are too old: they need a browser or system with TLS 1.2.")},
    {"tls_rejected", QT_TRANSLATE_NOOP("RefusedText", "certificate not trusted"),
     QT_TRANSLATE_NOOP("RefusedText", "did not trust the server's certificate"),
     QT_TRANSLATE_NOOP("RefusedText",
                       "Look whether the certificate is for this address, has not ended, and is in TLS_CERT "
                       "with those that vouch for it.")},
    {"tls_failed", QT_TRANSLATE_NOOP("RefusedText", "encryption failed"),
     QT_TRANSLATE_NOOP("RefusedText", "did not agree with the server on an encryption")},
    {"tls_timeout", QT_TRANSLATE_NOOP("RefusedText", "encryption too slow"),
     QT_TRANSLATE_NOOP("RefusedText", "did not agree on an encryption in time")},
};

const Reason *reasonOf(const QString &name)
{
    const auto *const reason =
        std::find_if(std::begin(reasons), std::end(reasons),
                     [&name](const Reason &one) { return name == QLatin1String(one.name); });
    return reason == std::end(reasons) ? nullptr : reason;
}

QString told(const QString &name, const char *Reason::*words)
{
    const Reason *const reason = reasonOf(name);
    if (!reason)
        return QString(name).replace(QLatin1Char('<'), QChar(0x2039)); // a tooltip takes markup for such
    return QCoreApplication::translate("RefusedText", reason->*words);
}

} // namespace

RefusedText RefusedText::of(const QMap<QString, qint64> &refused)
{
    QList<std::pair<qint64, QString>> sorted;
    for (auto reason = refused.begin(); reason != refused.end(); ++reason) {
        if (reason.value() > 0)
            sorted.append({reason.value(), reason.key()});
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &one, const auto &other) { return one.first > other.first; });
    if (sorted.isEmpty())
        return {};
    QStringList lines;
    for (const auto &[count, name] : std::as_const(sorted))
        lines.append(tr("%1 %2", "how many, why").arg(Format::count(count), told(name, &Reason::text)));
    const QString &most = sorted.constFirst().second;
    const Reason *const reason = reasonOf(most);
    return {lines.join(QLatin1Char('\n')), tr("most: %1").arg(told(most, &Reason::brief)),
            reason && reason->advice ? told(most, &Reason::advice) : QString()};
}

} // namespace concierge::monitor
