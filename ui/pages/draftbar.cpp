// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/draftbar.h"

#include "models/changetext.h"
#include "widgets/flowlayout.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QResizeEvent>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>

namespace retryscope {
namespace {

/// As high as its chips, but at most two rows and a bit.
class ChipArea final : public QScrollArea
{
public:
    QSize sizeHint() const override
    {
        return {200, std::min(widget() ? widget()->heightForWidth(viewport()->width()) : 0, 64) + 2};
    }
    QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

protected:
    void resizeEvent(QResizeEvent *event) override
    {
        QScrollArea::resizeEvent(event);
        if (event->size().width() != event->oldSize().width())
            updateGeometry();
    }
};

} // namespace

DraftBar::DraftBar(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_title(new QLabel), m_issues(new QLabel), m_chips(new QWidget),
      m_scroll(new ChipArea), m_apply(new QPushButton(tr("&Apply"))), m_discard(new QPushButton(tr("Discard")))
{
    setObjectName(QStringLiteral("card"));
    m_title->setObjectName(QStringLiteral("changesTitle"));
    m_issues->setObjectName(QStringLiteral("issuesLabel"));
    m_issues->setWordWrap(true);
    m_chips->setObjectName(QStringLiteral("changesList"));
    m_apply->setObjectName(QStringLiteral("applyButton"));
    m_apply->setDefault(true);
    m_discard->setObjectName(QStringLiteral("revertButton"));
    m_discard->setToolTip(tr("Back to what is in force (can be undone)"));
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_chips->setLayout(new FlowLayout(6));
    m_scroll->setWidget(m_chips);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_chips->setAutoFillBackground(false);
    auto *left = new QVBoxLayout;
    left->setSpacing(4);
    left->addWidget(m_title);
    left->addWidget(m_scroll);
    left->addWidget(m_issues);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(14, 8, 14, 8);
    row->setSpacing(8);
    row->addLayout(left, 1);
    row->addWidget(m_discard, 0, Qt::AlignBottom);
    row->addWidget(m_apply, 0, Qt::AlignBottom);
    connect(m_apply, &QPushButton::clicked, this, &DraftBar::applyRequested);
    connect(m_discard, &QPushButton::clicked, this, &DraftBar::discardRequested);
    show({}, {}, {});
}

void DraftBar::show(const ConfigurationChanges &changes, const QHash<ProviderId, QString> &names,
                    const QStringList &blockers)
{
    if (changes != m_changes) {
        m_changes = changes;
        showChips(changes, names);
    }
    m_blockers = blockers;
    m_title->setText(changes.isEmpty()     ? tr("No changes: what you see is in force.")
                     : changes.size() == 1 ? tr("1 change, not in force yet")
                                           : tr("%1 changes, not in force yet").arg(changes.size()));
    m_issues->setText(QStringLiteral("✗ ") + blockers.mid(0, 3).join(QStringLiteral("\n✗ ")));
    if (const QString css = QStringLiteral("color:%1").arg(m_theme.stateText(ProviderState::Down).name());
        css != m_issues->styleSheet())
        m_issues->setStyleSheet(css);
    m_issues->setVisible(!blockers.isEmpty());
    m_scroll->setVisible(!changes.isEmpty());
    m_discard->setVisible(!changes.isEmpty());
    enable();
}

void DraftBar::setWritesAnew(bool anew)
{
    m_anew = anew;
    enable();
}

void DraftBar::enable()
{
    m_apply->setEnabled(m_blockers.isEmpty() && (m_anew || !m_changes.isEmpty()));
    m_discard->setEnabled(!m_changes.isEmpty());
}

void DraftBar::showChips(const ConfigurationChanges &changes, const QHash<ProviderId, QString> &names)
{
    while (QLayoutItem *item = m_chips->layout()->takeAt(0)) {
        item->widget()->deleteLater(); // one of them may have been clicked just now
        item->widget()->hide();
        delete item;
    }
    QStringList said;
    for (const ConfigurationChange &change : changes) {
        auto *chip = new QToolButton;
        const QString text = QStringLiteral("%1  %2 → %3")
                                 .arg(changeLabel(change.path, names), changeValue(change.path, change.before, names),
                                      changeValue(change.path, change.after, names));
        chip->setObjectName(QStringLiteral("change_") + change.path.join(QLatin1Char('.')));
        chip->setProperty("chip", true);
        chip->setText(text);
        chip->setToolTip(tr("%1\nClick to go to it.").arg(text));
        connect(chip, &QToolButton::clicked, this, [this, path = change.path] { emit revealRequested(path); });
        m_chips->layout()->addWidget(chip);
        chip->show();
        said << text;
    }
    m_chips->setAccessibleName(tr("Changes"));
    m_chips->setAccessibleDescription(said.join(QStringLiteral("; ")));
    m_scroll->updateGeometry();
}

} // namespace retryscope
