#pragma once

#include "transport/Http.h"

#include <QSet>

namespace concierge::engineio {

/// Makes the copy of a handshake request that a session keeps for life, as small as it can be: without body,
/// target and the headers that speak of the connection only, and with texts that many clients have in common
/// (header names, browsers, hosts) stored once. Bounded. Thread: one.
class HandshakeStore
{
public:
    transport::HttpRequest keep(const transport::HttpRequest &request);

private:
    QByteArray intern(const QByteArray &text);
    transport::HeaderList intern(const transport::HeaderList &list, bool areHeaders);

    QSet<QByteArray> m_texts;
};

} // namespace concierge::engineio
