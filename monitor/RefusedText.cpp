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
    const char *advice;
};

constexpr Reason reasons[] = {
    {"origin", QT_TRANSLATE_NOOP("RefusedText", "page not in CLIENT_URL"),
     QT_TRANSLATE_NOOP("RefusedText", "came from a page that CLIENT_URL does not name"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether CLIENT_URL names the address of the front end.")},
    {"draining", QT_TRANSLATE_NOOP("RefusedText", "server was stopping"),
     QT_TRANSLATE_NOOP("RefusedText", "came while the server was stopping"),
     QT_TRANSLATE_NOOP("RefusedText", "That is as it should be: they come back when the server runs again.")},
    {"bad_request", QT_TRANSLATE_NOOP("RefusedText", "not understood"),
     QT_TRANSLATE_NOOP("RefusedText", "sent what is no request"),
     QT_TRANSLATE_NOOP("RefusedText", "Something that is no chat client asks, a scanner perhaps; the log at "
                                      "level debug says from where.")},
    {"unknown_session", QT_TRANSLATE_NOOP("RefusedText", "connection over"),
     QT_TRANSLATE_NOOP("RefusedText", "wanted to go on with a connection that is over"),
     QT_TRANSLATE_NOOP("RefusedText", "After a restart that is as it should be; if it lasts, a proxy sends "
                                      "clients to different servers.")},
    {"unknown_transport", QT_TRANSLATE_NOOP("RefusedText", "unknown transport"),
     QT_TRANSLATE_NOOP("RefusedText", "wanted a transport that there is not"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether the front end asks for polling and websocket only.")},
    {"bad_method", QT_TRANSLATE_NOOP("RefusedText", "wrong method"),
     QT_TRANSLATE_NOOP("RefusedText", "asked in a way that is not for connecting (HTTP method)"),
     QT_TRANSLATE_NOOP("RefusedText", "Something that is no chat client asks, a scanner perhaps.")},
    {"unsupported_protocol", QT_TRANSLATE_NOOP("RefusedText", "old client"),
     QT_TRANSLATE_NOOP("RefusedText", "came with a version of Socket.IO that the server does not speak"),
     QT_TRANSLATE_NOOP("RefusedText", "Clients are too old: give them a newer version of Socket.IO.")},
    {"not_found", QT_TRANSLATE_NOOP("RefusedText", "wrong path"),
     QT_TRANSLATE_NOOP("RefusedText", "asked for a path that there is not"),
     QT_TRANSLATE_NOOP("RefusedText",
                       "Look whether the front end and a proxy use the path that SOCKET_PATH names.")},
    {"too_large", QT_TRANSLATE_NOOP("RefusedText", "too large"),
     QT_TRANSLATE_NOOP("RefusedText", "sent more than may be sent at once"),
     QT_TRANSLATE_NOOP("RefusedText", "Look what the front end sends at once; MAX_PAYLOAD is the most.")},
    {"timeout", QT_TRANSLATE_NOOP("RefusedText", "too slow"),
     QT_TRANSLATE_NOOP("RefusedText", "did not finish their request in time"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "Clients with bad networks do that; very many of them from one address are an attack.")},
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
     QT_TRANSLATE_NOOP("RefusedText", "did not agree with the server on an encryption"),
     QT_TRANSLATE_NOOP("RefusedText", "Something that is no chat client asks, a scanner perhaps.")},
    {"tls_timeout", QT_TRANSLATE_NOOP("RefusedText", "encryption too slow"),
     QT_TRANSLATE_NOOP("RefusedText", "did not agree on an encryption in time"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "Clients with bad networks do that; very many of them from one address are an attack.")},
    {"foreign_origin", QT_TRANSLATE_NOOP("RefusedText", "page not in CLIENT_URL (polling)"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "asked from a page that CLIENT_URL does not name, so the browser keeps the answer from it"),
     QT_TRANSLATE_NOOP("RefusedText", "Look whether CLIENT_URL names the address of the front end.")},
    {"max_connections", QT_TRANSLATE_NOOP("RefusedText", "server full"),
     QT_TRANSLATE_NOOP("RefusedText", "found the server with as many connections as it may have"),
     QT_TRANSLATE_NOOP("RefusedText", "Raise MAX_CONNECTIONS if the machine bears more.")},
    {"address_connections", QT_TRANSLATE_NOOP("RefusedText", "too many of one address"),
     QT_TRANSLATE_NOOP("RefusedText", "came from an address with as many connections as it may have"),
     QT_TRANSLATE_NOOP("RefusedText", "Look under People which address that is; if it is a proxy, name it in "
                                      "TRUST_PROXY; if it is an office, raise MAX_CONNECTIONS_PER_ADDRESS.")},
    {"address_rate", QT_TRANSLATE_NOOP("RefusedText", "too fast from one address"),
     QT_TRANSLATE_NOOP("RefusedText", "came too fast from one address"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "If the address is a proxy, name it in TRUST_PROXY; if it is an office, raise CONNECTION_RATE.")},
    {"user_connections", QT_TRANSLATE_NOOP("RefusedText", "too many of one user"),
     QT_TRANSLATE_NOOP("RefusedText", "registered a user who has as many connections as one may have"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "Look under People which user that is; if all visitors share one id, give them ids of their own.")},
    {"memory", QT_TRANSLATE_NOOP("RefusedText", "memory short"),
     QT_TRANSLATE_NOOP("RefusedText", "came while memory was over MEMORY_WATERMARK"),
     QT_TRANSLATE_NOOP("RefusedText", "Give the machine more memory, or raise MEMORY_WATERMARK.")},
    {"connect_timeout", QT_TRANSLATE_NOOP("RefusedText", "said nothing"),
     QT_TRANSLATE_NOOP("RefusedText", "connected and then said nothing, and were closed"),
     QT_TRANSLATE_NOOP("RefusedText", "Something that is no chat client connects, a scanner perhaps.")},
    {"register_timeout", QT_TRANSLATE_NOOP("RefusedText", "did not sign in"),
     QT_TRANSLATE_NOOP("RefusedText", "did not say who they are in time, and were closed"),
     QT_TRANSLATE_NOOP(
         "RefusedText",
         "Look whether the front end says newUser on each connection; REGISTER_TIMEOUT is the time for it.")},
    {"event_rate", QT_TRANSLATE_NOOP("RefusedText", "events too fast"),
     QT_TRANSLATE_NOOP("RefusedText", "events came too fast on one connection"),
     QT_TRANSLATE_NOOP("RefusedText",
                       "Look what the front end sends so often; EVENT_RATE is the most in a second.")},
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

using Sorted = QList<std::pair<qint64, QString>>; // the most frequent first

/// Those that a line or an advice names: three at most, since more are not read, and none that is less than
/// a tenth of all.
Sorted worthTelling(const Sorted &sorted)
{
    constexpr qsizetype most = 3;
    qint64 sum = 0;
    for (const auto &[count, name] : sorted)
        sum += count;
    Sorted told;
    for (const auto &reason : sorted.first(std::min(most, sorted.size()))) {
        if (told.isEmpty() || reason.first * 10 >= sum)
            told.append(reason);
    }
    return told;
}

/// What to do about each of these, said once where it is the same.
QString adviceFor(const Sorted &sorted)
{
    QStringList all;
    for (const auto &[count, name] : sorted) {
        if (!reasonOf(name))
            continue;
        if (const QString advice = told(name, &Reason::advice); !all.contains(advice))
            all.append(advice);
    }
    return all.join(QLatin1Char(' '));
}

} // namespace

QString RefusedText::briefOf(const QList<std::pair<qint64, QString>> &sorted)
{
    QStringList names;
    for (const auto &[count, name] : sorted)
        names.append(told(name, &Reason::brief));
    return tr("most: %1").arg(names.join(QLatin1String(", ")));
}

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
    return {lines.join(QLatin1Char('\n')), briefOf(worthTelling(sorted)), adviceFor(worthTelling(sorted))};
}

} // namespace concierge::monitor
