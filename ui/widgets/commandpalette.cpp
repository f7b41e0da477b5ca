// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/commandpalette.h"

#include "theme/icons.h"
#include "widgets/fuzzymatch.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace retryscope {
namespace {

enum Role { CommandRole = Qt::UserRole, GroupRole, KeysRole, IconRole, FoundRole };

/// Glyph, title with the letters that were typed, group, shortcut.
class CommandDelegate final : public QStyledItemDelegate
{
public:
    CommandDelegate(const Theme &theme, QObject *parent) : QStyledItemDelegate(parent), m_theme(theme) {}
    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {100, qRound(QFontMetrics(Theme::font(TextRole::Body)).height() * 2.0)};
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        QRect box = option.rect.adjusted(2, 1, -2, -1);
        if (option.state & QStyle::State_Selected) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(m_theme.selected());
            painter->drawRoundedRect(box, 7, 7);
        }
        box.adjust(10, 0, -12, 0);
        const QString icon = index.data(IconRole).toString();
        if (!icon.isEmpty())
            painter->drawPixmap(QPointF(box.left(), box.top() + (box.height() - 16) / 2.0),
                                iconPixmap(icon, m_theme.muted(), 16, painter->device()->devicePixelRatioF()));
        box.setLeft(box.left() + 28);
        painter->setFont(Theme::font(TextRole::Secondary));
        const QString keys = index.data(KeysRole).toString();
        const QString group = index.data(GroupRole).toString();
        const int wide = painter->fontMetrics().horizontalAdvance(keys);
        painter->setPen(m_theme.muted());
        painter->drawText(box, Qt::AlignRight | Qt::AlignVCenter, keys.isEmpty() ? group : keys);
        box.setRight(box.right() - (keys.isEmpty() ? painter->fontMetrics().horizontalAdvance(group) : wide) - 12);
        paintTitle(painter, box, index);
        painter->restore();
    }

private:
    void paintTitle(QPainter *painter, const QRect &box, const QModelIndex &index) const
    {
        const QFont plain = Theme::font(TextRole::Body), bold = Theme::font(TextRole::Title);
        const QString title =
            QFontMetrics(plain).elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, box.width());
        const auto found = index.data(FoundRole).value<QVector<int>>();
        int x = box.left();
        for (int i = 0; i < title.size();) { // runs of found and of other letters
            const bool hit = found.contains(i);
            int end = i + 1;
            while (end < title.size() && found.contains(end) == hit)
                ++end;
            const QString run = title.mid(i, end - i);
            painter->setFont(hit ? bold : plain);
            painter->setPen(hit ? m_theme.accent() : m_theme.text());
            painter->drawText(QRect(x, box.top(), box.right() - x, box.height()), Qt::AlignLeft | Qt::AlignVCenter,
                              run);
            x += painter->fontMetrics().horizontalAdvance(run);
            i = end;
        }
    }
    const Theme &m_theme;
};

} // namespace

CommandPalette::CommandPalette(const Theme &theme, std::function<Commands()> commands, QWidget *window)
    : QFrame(window), m_theme(theme), m_source(std::move(commands)), m_edit(new QLineEdit(this)),
      m_list(new QListView(this)), m_model(new QStandardItemModel(this)),
      m_none(new QLabel(tr("Nothing here goes by that name."), this))
{
    setObjectName(QStringLiteral("commandPalette"));
    setAccessibleName(tr("Commands"));
    m_edit->setObjectName(QStringLiteral("commandEdit"));
    m_edit->setPlaceholderText(tr("Go to a page, act on a provider, change a setting …"));
    m_edit->setAccessibleName(tr("Command"));
    m_edit->installEventFilter(this);
    m_list->setObjectName(QStringLiteral("commandList"));
    m_list->setAccessibleName(tr("Commands that fit"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new CommandDelegate(theme, m_list));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setUniformItemSizes(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFrameShape(QFrame::NoFrame);
    m_none->setProperty("muted", true);
    m_none->setAlignment(Qt::AlignCenter);
    m_none->setObjectName(QStringLiteral("commandNone"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(8, 4, 8, 8);
    column->setSpacing(6);
    column->addWidget(m_edit);
    column->addWidget(m_list, 1);
    column->addWidget(m_none, 1);
    connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex &index) { run(index.row()); });
    window->installEventFilter(this);
    hide();
}

void CommandPalette::open()
{
    if (isVisible())
        return dismiss();
    m_before = QApplication::focusWidget();
    m_commands = m_source();
    m_edit->clear();
    filter({});
    arrange();
    show();
    raise();
    m_edit->setFocus(Qt::ShortcutFocusReason);
}

void CommandPalette::dismiss()
{
    if (isHidden())
        return;
    const bool focused = isAncestorOf(QApplication::focusWidget());
    hide();
    if (m_before && focused)
        m_before->setFocus(Qt::OtherFocusReason);
}

QStringList CommandPalette::titles() const
{
    QStringList all;
    for (int row = 0; row < m_model->rowCount(); ++row)
        all << m_model->item(row)->text();
    return all;
}

void CommandPalette::filter(const QString &typed)
{
    struct Hit { int command, score; QVector<int> positions; };
    QVector<Hit> hits;
    for (int i = 0; i < int(m_commands.size()); ++i) {
        if (const auto match = fuzzyMatch(typed, m_commands[i].title))
            hits.append({i, match->score, match->positions});
        else if (const auto wide = fuzzyMatch(typed, m_commands[i].group + QLatin1Char(' ') + m_commands[i].title))
            hits.append({i, wide->score - 40, {}});
    }
    std::stable_sort(hits.begin(), hits.end(), [](const Hit &a, const Hit &b) { return a.score > b.score; });
    m_model->clear();
    for (const Hit &hit : hits) {
        const Command &command = m_commands[hit.command];
        auto *item = new QStandardItem(command.title);
        item->setData(hit.command, CommandRole);
        item->setData(command.group, GroupRole);
        item->setData(command.keys, KeysRole);
        item->setData(command.icon, IconRole);
        item->setData(QVariant::fromValue(hit.positions), FoundRole);
        item->setAccessibleText(command.keys.isEmpty() ? QStringLiteral("%1, %2").arg(command.title, command.group)
                                                       : QStringLiteral("%1, %2").arg(command.title, command.keys));
        m_model->appendRow(item);
    }
    m_list->setVisible(!hits.isEmpty());
    m_none->setVisible(hits.isEmpty());
    if (!hits.isEmpty())
        m_list->setCurrentIndex(m_model->index(0, 0));
}

void CommandPalette::step(int by)
{
    const int rows = m_model->rowCount();
    if (rows > 0)
        m_list->setCurrentIndex(m_model->index(std::clamp(m_list->currentIndex().row() + by, 0, rows - 1), 0));
}

void CommandPalette::run(int row)
{
    const QStandardItem *item = m_model->item(row);
    if (!item)
        return;
    const auto act = m_commands[item->data(CommandRole).toInt()].run;
    dismiss();
    if (act)
        act();
}

void CommandPalette::arrange()
{
    const QWidget *over = parentWidget();
    const int em = QFontMetrics(Theme::font(TextRole::Body)).averageCharWidth();
    const int width = std::min(em * 88, over->width() - 48), height = std::min(em * 66, over->height() - 120);
    setGeometry((over->width() - width) / 2, std::min(84, over->height() / 8), width, height);
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parent()) {
        if (event->type() == QEvent::Resize && isVisible())
            arrange();
        return false;
    }
    if (event->type() == QEvent::FocusOut && isVisible()
        && static_cast<QFocusEvent *>(event)->reason() == Qt::MouseFocusReason) {
        m_before.clear(); // a click elsewhere says where the focus goes
        dismiss();
        return false;
    }
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape)
        event->accept();
    if (event->type() != QEvent::KeyPress)
        return false;
    switch (static_cast<QKeyEvent *>(event)->key()) {
    case Qt::Key_Escape: dismiss(); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: run(m_list->currentIndex().row()); return true;
    case Qt::Key_Down: step(1); return true;
    case Qt::Key_Up: step(-1); return true;
    case Qt::Key_PageDown: step(10); return true;
    case Qt::Key_PageUp: step(-10); return true;
    case Qt::Key_Tab: step(1); return true;
    case Qt::Key_Backtab: step(-1); return true;
    default: return false;
    }
}

} // namespace retryscope
