#pragma once

#include <QLocalServer>
#include <QString>

#include <optional>

namespace concierge::monitoring {

enum class SocketAccess : quint8 {
    User, ///< the server's own; on Windows administrators too
    Group ///< and the members of the file's group
};

struct SocketProblem
{
    bool isInUse = false; ///< by a server that lives
    QString text;         ///< what is wrong, a few words
};

/// Listens on `name`, a name or a path. The socket file of a server that is dead is replaced, that of one
/// that lives never. Why not, or nothing. Thread: the server's.
[[nodiscard]] std::optional<SocketProblem> listenOn(QLocalServer &server, const QString &name,
                                                    SocketAccess access);
/// The end of that. The socket file goes, unless it is another server's by now: QLocalServer removes whatever
/// has its name. Thread: the server's.
void stopListening(QLocalServer &server);

} // namespace concierge::monitoring
