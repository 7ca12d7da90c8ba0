#pragma once

#include "shared/Clock.h"

#include <QString>

namespace concierge::redis {

/// Why there is no connection.
enum class LossReason : quint8 {
    HostUnknown,    ///< the name has no address
    Refused,        ///< nobody listens there, or the socket's file is not there or not ours
    ConnectTimeout, ///< connecting, TLS and greeting together took longer than Options::connectTimeout
    Tls,            ///< no TLS there, or a certificate that is not trusted
    Password,       ///< it is wrong, missing, or none is set there
    Permission,     ///< the ACL user may not do what is needed, or Redis' protected mode
    Database,       ///< there is none of that number
    Loading,        ///< Redis reads its data from disk
    ReadOnly,       ///< it is a replica: a failover
    MasterDown,     ///< it is a replica that has lost its master
    TooManyClients, ///< Redis' `maxclients`
    Silent,         ///< something was to be answered for longer than Options::timeout
    Closed,         ///< by Redis: stopped, or killed, or it could not send us all that it had
    Broken,         ///< by the network
    Garbage,        ///< it does not speak RESP, or beyond ReplyLimits
    Rejected,       ///< an error that is none of the above, of something that must work
};
const char *wordOf(LossReason reason) noexcept; ///< "host_unknown", "refused", …: for machines

/// A connection that has ended, or could not be made.
struct Loss
{
    LossReason reason = LossReason::Closed;
    /// For people, without secrets: "Redis at 127.0.0.1:6379 refuses connections".
    QString text;
    bool wasReady = false;  ///< onReady was said for it
    Milliseconds retryIn{}; ///< until the next attempt
};

/// The text. `detail`, unless empty, comes behind it in brackets.
QString lossText(LossReason reason, const QString &place, const QString &detail = {});

} // namespace concierge::redis
