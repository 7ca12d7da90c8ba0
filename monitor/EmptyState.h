#pragma once

#include "Glyph.h"

#include <QWidget>

class QLabel;

namespace concierge::monitor {

/// What stands where there is nothing to show: why, and what will change it.
class EmptyState : public QWidget
{
    Q_OBJECT

public:
    explicit EmptyState(QWidget *parent = nullptr);
    void show(Glyph glyph, const QString &title, const QString &text);

private:
    QLabel *m_glyph;
    QLabel *m_title;
    QLabel *m_text;
};

} // namespace concierge::monitor
