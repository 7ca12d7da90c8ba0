#pragma once

#include <QString>

class QWidget;

namespace concierge::monitor {

/// Where to save; empty: nowhere. `name`: what is proposed; %1 becomes the date.
QString askSavePath(QWidget *parent, const QString &title, const QString &name);
/// Whole or not at all. Empty, or one sentence that says why not.
QString saveFile(const QString &path, const QByteArray &bytes);
/// A question with two answers; the default is to leave it.
bool confirm(QWidget *parent, const QString &title, const QString &text, const QString &yes);

} // namespace concierge::monitor
