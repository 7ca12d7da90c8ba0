#include "redis/Loss.h"

namespace concierge::redis {

namespace {

struct Words
{
    const char *name;
    const char *text; ///< behind "Redis at host:port "
};

constexpr Words wordsOf(LossReason reason) noexcept
{
    switch (reason) {
    case LossReason::HostUnknown:
        return {"host_unknown", "cannot be found: the name has no address"};
    case LossReason::Refused:
        return {"refused", "refuses connections"};
    case LossReason::ConnectTimeout:
        return {"connect_timeout", "did not answer in time while connecting"};
    case LossReason::Tls:
        return {"tls", "cannot be trusted: TLS failed"};
    case LossReason::Password:
        return {"password", "does not take the user and password"};
    case LossReason::Permission:
        return {"permission", "does not permit what is needed"};
    case LossReason::Database:
        return {"database", "has no database of that number"};
    case LossReason::Loading:
        return {"loading", "is still reading its data from disk"};
    case LossReason::ReadOnly:
        return {"read_only", "is a replica, which takes no writes"};
    case LossReason::MasterDown:
        return {"master_down", "is a replica that has lost its master"};
    case LossReason::TooManyClients:
        return {"too_many_clients", "has as many clients as it may have"};
    case LossReason::Silent:
        return {"silent", "has stopped answering"};
    case LossReason::Closed:
        return {"closed", "has closed the connection"};
    case LossReason::Broken:
        return {"broken", "cannot be reached: the network failed"};
    case LossReason::Garbage:
        return {"garbage", "says what is no answer of Redis"};
    case LossReason::Rejected:
        return {"rejected", "rejects how the connection is set up"};
    }
    return {"", ""}; // not reached: the switch is complete
}

} // namespace

const char *wordOf(LossReason reason) noexcept
{
    return wordsOf(reason).name;
}

QString lossText(LossReason reason, const QString &place, const QString &detail)
{
    const QString text = QLatin1String("Redis at ") + place + u' ' + QLatin1String(wordsOf(reason).text);
    return detail.isEmpty() ? text : text + QLatin1String(" (") + detail + u')';
}

} // namespace concierge::redis
