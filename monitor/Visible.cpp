#include "Visible.h"

#include <QStringList>

namespace concierge::monitor {

namespace {

constexpr qsizetype lineLength = 100; // characters
constexpr qsizetype maxLines = 20;

bool isSeen(char32_t character)
{
    // The joiners are part of how names are written, from Tehran to Delhi, and of emoji.
    if (character == 0x200C || character == 0x200D)
        return true;
    switch (QChar::category(character)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return false;
    default:
        return true;
    }
}

} // namespace

QString visible(const QString &text)
{
    QString shown;
    shown.reserve(text.size());
    for (const uint character : text.toUcs4()) {
        if (isSeen(character))
            shown += QString::fromUcs4(reinterpret_cast<const char32_t *>(&character), 1);
        else
            shown += QLatin1Char('?');
    }
    return shown;
}

QString wrapped(const QString &text)
{
    QStringList lines;
    for (const QString &line : text.split(QLatin1Char('\n'))) {
        QString rest = visible(line);
        while (rest.size() > lineLength) {
            const qsizetype space = rest.lastIndexOf(QLatin1Char(' '), lineLength);
            const qsizetype end = space > 0 ? space : lineLength;
            lines.append(rest.left(end));
            rest = rest.mid(space > 0 ? end + 1 : end);
        }
        lines.append(rest);
    }
    if (lines.size() > maxLines)
        lines = lines.mid(0, maxLines) << QStringLiteral("…");
    return lines.join(QLatin1Char('\n'));
}

QString shortened(const QString &text, qsizetype length)
{
    const QString shown = visible(text);
    const qsizetype half = (length - 1) / 2;
    return shown.size() <= length ? shown : shown.left(half) + QStringLiteral("…") + shown.right(half);
}

QString withoutMarkup(QString text)
{
    return text.replace(QLatin1Char('<'), QChar(0x2039)).replace(QLatin1Char('>'), QChar(0x203A));
}

} // namespace concierge::monitor
