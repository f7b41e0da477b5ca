// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/draftbar.h"

#include "models/changetext.h"
#include "widgets/elidedlabel.h"
#include "widgets/flowlayout.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QToolButton>

namespace retryscope {
namespace {

constexpr int peek = 10; // pixels of the second row, which say that there is one

/// One change; `after` is empty where the label says all of it. Where the bar is too narrow for it, the field's name and both values give way by themselves.
class ChangeChip final : public QToolButton
{
public:
    ChangeChip(const QString &label, const QString &before, const QString &after)
        : m_label(label), m_before(before), m_after(after)
    {
        setProperty("chip", true);
        setAccessibleName(after.isEmpty() ? label : written(label, before, after));
        setText(accessibleName());
    }
    void fit(int width)
    {
        ensurePolished();
        const int room = width - (sizeHint().width() - textWidth(font(), text()));
        const auto elided = [this](const QString &part, int most) { return elidedText(font(), part, most); };
        if (textWidth(font(), accessibleName()) <= room)
            return say(accessibleName());
        if (m_after.isEmpty())
            return say(elided(m_label, room));
        const QString label = elided(m_label, room * 2 / 5);
        const int values = room - textWidth(font(), written(label, {}, {}));
        const QString before = elided(m_before, std::max(values / 2, values - textWidth(font(), m_after)));
        say(written(label, before, elided(m_after, values - textWidth(font(), before))));
    }

private:
    static QString written(const QString &label, const QString &before, const QString &after)
    {
        return QStringLiteral("%1  %2 → %3").arg(label, before, after);
    }
    void say(const QString &words)
    {
        if (words != text())
            setText(words);
    }
    const QString m_label, m_before, m_after;
};

/// Always as high as one row and a bit: what is typed above moves nothing.
class ChipArea final : public QScrollArea
{
public:
    QSize sizeHint() const override { return {200, (widget() ? widget()->minimumSizeHint().height() : 0) + peek}; }
    QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

protected:
    void resizeEvent(QResizeEvent *event) override
    {
        QScrollArea::resizeEvent(event);
        for (QToolButton *chip : widget()->findChildren<QToolButton *>())
            static_cast<ChangeChip *>(chip)->fit(viewport()->width()); // it holds no other buttons
    }
};

} // namespace

DraftBar::DraftBar(const Theme &theme, QWidget *parent)
    : QFrame(parent), m_theme(theme), m_title(new QLabel), m_issues(new ElidedLabel), m_chips(new QWidget),
      m_scroll(new ChipArea), m_apply(new QPushButton(tr("&Apply"))), m_discard(new QPushButton(tr("Discard")))
{
    setObjectName(QStringLiteral("card"));
    m_title->setObjectName(QStringLiteral("changesTitle"));
    m_issues->setObjectName(QStringLiteral("issuesLabel"));
    m_chips->setObjectName(QStringLiteral("changesList"));
    m_apply->setObjectName(QStringLiteral("applyButton"));
    m_apply->setDefault(true);
    m_discard->setObjectName(QStringLiteral("revertButton"));
    m_discard->setToolTip(tr("Back to what is in force (can be undone)"));
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_title->setMinimumHeight(m_issues->sizeHint().height()); // which comes and goes
    m_chips->setLayout(new FlowLayout(6));
    m_scroll->setWidget(m_chips);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_chips->setAutoFillBackground(false);
    auto *head = new QHBoxLayout;
    head->setSpacing(12);
    head->addWidget(m_title);
    head->addWidget(m_issues, 1);
    auto *left = new QVBoxLayout;
    left->setSpacing(4);
    left->addLayout(head);
    left->addWidget(m_scroll);
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

void DraftBar::show(const ConfigurationChanges &all, const QHash<ProviderId, QString> &names,
                    const QStringList &blockers)
{
    const ConfigurationChanges changes = toldOf(all);
    if (changes != m_changes) {
        m_changes = changes;
        showChips(changes, names);
    }
    m_blockers = blockers;
    m_title->setText(changes.isEmpty()     ? tr("No changes: what you see is in force.")
                     : changes.size() == 1 ? tr("1 change, not in force yet")
                                           : tr("%1 changes, not in force yet").arg(changes.size()));
    m_issues->setText(QStringLiteral("✗ ") + blockers.mid(0, 3).join(QStringLiteral("  ✗ ")));
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
        const QString label = changeLabel(change.path, names);
        const bool whole = change.path.size() == 2 && change.path[0] == QLatin1String("providers");
        auto *chip = whole && change.before.isUndefined() ? new ChangeChip(tr("%1 added").arg(label), {}, {})
                     : whole &&change.after.isUndefined()
                         ? new ChangeChip(tr("%1 taken out").arg(label), {}, {})
                         : new ChangeChip(label, changeValue(change.path, change.before, names),
                                          changeValue(change.path, change.after, names));
        chip->setObjectName(QStringLiteral("change_") + change.path.join(QLatin1Char('.')));
        chip->setToolTip(tr("%1\nClick to go to it.").arg(chip->accessibleName()));
        connect(chip, &QToolButton::clicked, this, [this, path = change.path] { emit revealRequested(path); });
        m_chips->layout()->addWidget(chip);
        chip->show();
        chip->fit(m_scroll->viewport()->width());
        said << chip->accessibleName();
    }
    m_chips->setAccessibleName(tr("Changes"));
    m_chips->setAccessibleDescription(said.join(QStringLiteral("; ")));
    m_scroll->updateGeometry();
}

} // namespace retryscope
