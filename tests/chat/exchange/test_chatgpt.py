"""ChatGPT's export: what its page shows is kept, in the tree that it was."""

from chat.importing import chatgpt
from chat.importing.conversation import Conversation
from chat.models import Role
from tests.chat.exchange.exports import BEGAN, as_json, chatgpt_chat, chatgpt_node


def parsed(*more: dict[str, object], **fields: object) -> Conversation:
    return chatgpt.parse(as_json(chatgpt_chat("chat-1", *more, **fields))[1:-1])


def text_of(node: dict[str, object]) -> str:
    chat = parsed(node)
    return next((one.text for one in chat.nodes if one.id == node["id"]), "")


def test_answers_to_one_question_are_siblings() -> None:
    chat = parsed()
    assert [(one.id, one.parent, one.role) for one in chat.nodes] == [
        ("question", None, Role.USER),
        ("first", "question", Role.ASSISTANT),
        ("second", "question", Role.ASSISTANT),
    ]
    assert chat.leaf == "second"
    assert chat.created_at.timestamp() == BEGAN
    assert chat.nodes[1].model == "gpt-5"
    assert not chat.left_out


def test_steps_that_its_page_hides_are_left_out_and_counted() -> None:
    chat = parsed(
        chatgpt_node("call", "second", "assistant", "search()", recipient="browser"),
        chatgpt_node("result", "call", "tool", "found it"),
        chatgpt_node("thought", "result", "assistant",
                     content={"content_type": "thoughts", "thoughts": [{"content": "hm"}]}),
        chatgpt_node("answer", "thought", "assistant", "Here it is."),
        chatgpt_node("context", "answer", "user",
                     content={"content_type": "user_editable_context", "user_profile": "me"}),
        chatgpt_node("secret", "context", "user", "x",
                     metadata={"is_visually_hidden_from_conversation": True}),
    )  # fmt: skip
    last = chat.nodes[-1]
    assert (last.id, last.parent, last.text) == ("answer", "second", "Here it is.")
    assert chat.leaf == "answer"
    assert chat.left_out == {"tool": 2, "reasoning": 1, "hidden": 1}


def test_files_are_named_where_they_were() -> None:
    content = {
        "content_type": "multimodal_text",
        "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc"},
            {"content_type": "audio_transcription", "text": "spoken words"},
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_unnamed"},
            "What is this?",
            None,
        ],
    }
    names = [{"id": "file-abc", "name": "pot [1].png"}, {"id": "file-def", "name": "clay.pdf"}]
    node = chatgpt_node("with-files", "second", "user", content=content,
                        metadata={"attachments": names})  # fmt: skip
    assert text_of(node) == (
        "spoken words\nWhat is this?\n\n[Attachment not imported: pot (1).png]\n\n"
        "[Attachment not imported: clay.pdf]\n\n[Attachment not imported: image]"
    )
    assert parsed(node).left_out["attachments"] == 3


def test_an_image_that_a_tool_drew_has_its_place() -> None:
    parts = [{"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"}]
    node = chatgpt_node("drawn", "second", "tool",
                        content={"content_type": "multimodal_text", "parts": parts})  # fmt: skip
    assert text_of(node) == "[Attachment not imported: image]"


def test_code_and_marks_of_citations_become_markdown() -> None:
    code = {"content_type": "code", "language": "python", "text": "print(1)"}
    assert text_of(chatgpt_node("n", "second", "assistant", content=code)) == (
        "````python\nprint(1)\n````"
    )
    marked = (
        "See \ue200url\ue202the kiln\ue202https://kiln.example\ue201 and more "
        "\ue200cite\ue202turn0search1\ue201."
    )
    assert text_of(chatgpt_node("n", "second", "assistant", marked)) == (
        "See [the kiln](https://kiln.example) and more ."
    )


def test_a_message_of_another_shape_does_not_spoil_its_chat() -> None:
    broken = {"id": "broken", "parent": "second", "message": {"author": "nobody"}}
    after = chatgpt_node("after", "broken", "user", "Still here")
    chat = parsed(broken, after)
    assert (chat.nodes[-1].id, chat.nodes[-1].parent) == ("after", "second")
    assert chat.left_out["unreadable"] == 1


def test_nodes_in_a_circle_and_lost_parents_do_no_harm() -> None:
    chat = parsed(
        chatgpt_node("x", "y", "user", "round"),
        chatgpt_node("y", "x", "assistant", "and round"),
        chatgpt_node("lost", "nowhere", "user", "a beginning"),
    )
    assert chat.left_out["unreadable"] == 2
    assert [one.parent for one in chat.nodes if one.id == "lost"] == [None]


def test_a_senseless_time_is_that_of_the_message_before() -> None:
    for time in (None, -5, 1e30, "never", 0):
        chat = parsed(chatgpt_node("n", "second", "user", "x", create_time=time))
        assert chat.nodes[-1].at == next(one.at for one in chat.nodes if one.id == "second")


def test_a_tree_ten_thousand_messages_deep_is_read() -> None:
    nodes = [
        chatgpt_node(f"n{number}", f"n{number - 1}" if number else "second", "user", "x")
        for number in range(10_000)
    ]
    assert parsed(*nodes).leaf == "n9999"
