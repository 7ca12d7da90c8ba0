#pragma once

#include "shared/Result.h"

#include <QString>

#include <optional>

namespace concierge::app {

struct PrivilegeError
{
    QString line; ///< for the operator
};

/// What this process gives up before it serves anybody: Privileges_unix.cpp, Privileges_win.cpp. Thread of
/// all: main, before others were made.

/// Whether this process is root's. Windows: never.
bool isRoot();

/// Has a process of root become `user` (RUN_AS), for good: its groups too, and without any way back. `user`
/// empty: whom `dataDir` belongs to, or the folder that it will be made in. Nobody, if that is root, or
/// `user` is "root". An error: it could not, or is not root and `user` is another. Linux: ports below 1024
/// stay open to it. Yields whom it has become; an empty text: as it was.
Result<QString, PrivilegeError> leaveRoot(const QString &user, const QString &dataDir);

/// Whether there is such a user, or `user` is empty.
bool isUser(const QString &user);

/// What a process of root has put into a folder of somebody else is that one's from here on. Windows:
/// nothing.
void giveToOwnerOf(const QString &folder);

/// Whether everybody on this machine may make and remove files in the folder. Windows: not looked at.
bool isWritableByAll(const QString &folder);

/// Whether the system may keep an image of this process's memory, which has secrets and messages, when it
/// crashes. After leaveRoot().
void setCoreDumps(bool areAllowed);

/// Overwrites what secret settings' flags hold in the list of processes (Linux; Windows shows it to
/// administrators alone). The arguments cannot be read any more then.
void hideSecretArguments(int argc, char **argv);

} // namespace concierge::app
