#pragma once

#include <QString>

class QWidget;

namespace concierge::monitor {

enum class Existing { Replaced, Refused };

/// Where to save; empty: nowhere. `name`: what is proposed; %1 becomes the date. `existing`: whether it may
/// be a file that is there, which is asked; Refused: nothing is asked, and who saves refuses it.
QString askSavePath(QWidget *parent, const QString &title, const QString &name,
                    Existing existing = Existing::Replaced);
/// Whole or not at all. Empty, or one sentence that says why not.
QString saveFile(const QString &path, const QByteArray &bytes);
/// A question with two answers; the default is to leave it.
bool confirm(QWidget *parent, const QString &title, const QString &text, const QString &yes);

} // namespace concierge::monitor
