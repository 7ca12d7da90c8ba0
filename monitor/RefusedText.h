#pragma once

#include <QCoreApplication>
#include <QMap>

namespace concierge::monitor {

/// Why connections were refused, in the person's words, the most frequent reason first.
struct RefusedText
{
    Q_DECLARE_TR_FUNCTIONS(RefusedText)

public:
    QString all;    ///< one reason a line, with its number; empty: none was refused
    QString most;   ///< the first three of them in a few words each
    QString advice; ///< what to do about these; empty: the monitor does not know them

    /// `refused`: as in ConnectionFigures. A reason that this monitor does not know keeps the server's name.
    static RefusedText of(const QMap<QString, qint64> &refused);

private:
    static QString briefOf(const QList<std::pair<qint64, QString>> &sorted);
};

} // namespace concierge::monitor
