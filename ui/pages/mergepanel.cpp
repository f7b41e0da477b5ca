// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/mergepanel.h"

#include "models/changetext.h"

#include <QButtonGroup>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace retryscope {

MergePanel::MergePanel(QWidget *parent) : QFrame(parent), m_scroll(new QScrollArea)
{
    setObjectName(QStringLiteral("card"));
    auto *title = new QLabel(tr("Changed here and in the file"));
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    auto *help = new QLabel(tr("What only one side changed is taken over already. What the file says is in force; what "
                               "you choose here goes into your draft."));
    help->setWordWrap(true);
    help->setForegroundRole(QPalette::PlaceholderText);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    auto *mine = new QPushButton(tr("All mine")), *theirs = new QPushButton(tr("All from the file")),
         *later = new QPushButton(tr("Later")), *use = new QPushButton(tr("Use these"));
    mine->setObjectName(QStringLiteral("mergeAllMine"));
    theirs->setObjectName(QStringLiteral("mergeAllTheirs"));
    later->setObjectName(QStringLiteral("mergeLater"));
    use->setObjectName(QStringLiteral("mergeUse"));
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(mine);
    buttons->addWidget(theirs);
    buttons->addStretch();
    buttons->addWidget(later);
    buttons->addWidget(use);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(18, 14, 18, 14);
    column->setSpacing(8);
    column->addWidget(title);
    column->addWidget(help);
    column->addWidget(m_scroll, 1);
    column->addLayout(buttons);
    connect(mine, &QPushButton::clicked, this, [this] { chooseAll(Mine); });
    connect(theirs, &QPushButton::clicked, this, [this] { chooseAll(Theirs); });
    connect(later, &QPushButton::clicked, this, &MergePanel::closed);
    connect(use, &QPushButton::clicked, this, [this] {
        QSet<ConfigurationPath> chosen;
        for (const Choice &choice : std::as_const(m_choices)) {
            if (choice.sides->checkedId() == Theirs)
                chosen.insert(choice.path);
        }
        emit decided(chosen);
    });
}

void MergePanel::setConflicts(const ConfigurationConflicts &conflicts, const QHash<ProviderId, QString> &names)
{
    if (conflicts == m_conflicts)
        return;
    m_conflicts = conflicts;
    QSet<ConfigurationPath> theirs; // choices that were made stay
    for (const Choice &choice : std::as_const(m_choices)) {
        if (choice.sides->checkedId() == Theirs)
            theirs.insert(choice.path);
    }
    m_choices.clear();
    auto *table = new QWidget;
    auto *grid = new QGridLayout(table);
    grid->setContentsMargins(0, 4, 8, 4);
    grid->setHorizontalSpacing(18);
    grid->setVerticalSpacing(8);
    int column = 0;
    for (const QString &head : {tr("Field"), tr("Was"), tr("Mine"), tr("In the file")}) {
        auto *label = new QLabel(head);
        label->setForegroundRole(QPalette::PlaceholderText);
        grid->addWidget(label, 0, column++);
    }
    for (int i = 0; i < grid->columnCount(); ++i)
        grid->setColumnStretch(i, 1);
    int row = 1;
    for (const ConfigurationConflict &conflict : conflicts)
        addRow(grid, row++, conflict, names, theirs.contains(conflict.path));
    grid->setRowStretch(row, 1);
    m_scroll->setWidget(table);
    table->setAutoFillBackground(false);
    m_scroll->viewport()->setAutoFillBackground(false);
}

void MergePanel::addRow(QGridLayout *grid, int row, const ConfigurationConflict &conflict,
                        const QHash<ProviderId, QString> &names, bool takesTheirs)
{
    auto *label = new QLabel(changeLabel(conflict.path, names)),
         *was = new QLabel(changeValue(conflict.path, conflict.base, names));
    label->setWordWrap(true);
    was->setWordWrap(true);
    const QString key = conflict.path.join(QLatin1Char('.'));
    auto *mine = new QRadioButton(changeValue(conflict.path, conflict.mine, names)),
         *theirs = new QRadioButton(changeValue(conflict.path, conflict.theirs, names));
    mine->setObjectName(QStringLiteral("mine_") + key);
    theirs->setObjectName(QStringLiteral("theirs_") + key);
    mine->setAccessibleName(tr("%1, mine: %2").arg(label->text(), mine->text()));
    theirs->setAccessibleName(tr("%1, in the file: %2").arg(label->text(), theirs->text()));
    auto *sides = new QButtonGroup(grid->parentWidget());
    sides->addButton(mine, Mine);
    sides->addButton(theirs, Theirs);
    (takesTheirs ? theirs : mine)->setChecked(true);
    int column = 0;
    for (QWidget *cell : std::initializer_list<QWidget *>{label, was, mine, theirs}) {
        grid->addWidget(cell, row, column, Qt::AlignTop | (column < 1 ? Qt::Alignment() : Qt::AlignLeft));
        ++column;
    }
    m_choices.append({conflict.path, sides});
}

void MergePanel::focusFirst()
{
    if (!m_choices.isEmpty())
        m_choices.first().sides->checkedButton()->setFocus(Qt::OtherFocusReason);
}

void MergePanel::chooseAll(int side)
{
    for (const Choice &choice : std::as_const(m_choices))
        choice.sides->button(side)->setChecked(true);
}

} // namespace retryscope
