#pragma once

#include "ServerSession.h"

namespace concierge::monitor {

/// What somebody who helps needs to know, as one text that a person can read before it is sent: versions,
/// figures, settings, alerts and the log's last lines. Without secrets: settings whose names say that they
/// are some are masked here too, whatever the server sent, and so are passwords in URLs, tokens and, in the
/// log, addresses of clients. No message and no user is in it: the feed tells neither here.
QByteArray supportBundle(ServerSession &session);
/// One line of a log or value of a setting, without what must not be sent.
QString withoutSecrets(const QString &text);
bool isSecretName(const QString &setting);

} // namespace concierge::monitor
