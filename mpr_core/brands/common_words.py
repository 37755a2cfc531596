"""Everyday words of the languages most footage speaks, folded: to tell a name from a word, and prose from a sign.

No language model: the few hundred words that make up most running text, and the ones that are also brands.
A word that is missing here only means less caution, so the list needs no completeness.
"""

from __future__ import annotations

from functools import cache

from mpr_core.brands.normalise import fold_key

_DETERMINERS = """
a an the this that these those my your his her its our their no any some every each el la los las un una unos unas mi
tu su sus mis tus este esta estos estas ese esa nuestro nuestra cada der die das den dem des ein eine einen einem
einer mein meine dein deine sein seine ihr ihre kein keine jede jeder le les une mon ma mes ton ta tes son sa ses ce
cette ces il lo gli uno mio mia tuo tua suo sua o os as um uma meu minha seu sua
"""

_FUNCTION_WORDS = """
and or but if of to in on at by for from with without into over under about as than then so not is are was were be
been am do does did has have had will would can could should may might must i you he she it we they me him us them who
what which when where why how there here more most very too also just only up down out off again once all both after
before near between beyond during through against across along among around behind below beside despite inside off
outside per since toward upon via while within tras ante bajo segun mediante durante dopo sotto apres avant sous antes
depois apos y e o u pero si de del al en con sin por para sobre entre hasta desde como mas muy ya no es son era fue
ser esta estan hay que quien cual cuando donde porque se te nos les me lo yo ella ellos nosotros todo todos toda todas
otro otra und oder aber wenn von zu in im am an auf mit ohne fur aus bei nach uber unter als wie so nicht ist sind war
waren sein wird werden hat haben kann muss ich du er sie es wir ihr mich dich uns sich auch nur noch mehr sehr was wer
wo warum et ou mais si du au aux en avec sans pour par sur dans est sont etait etre a ont il elle nous vous ils qui
que quand plus ed ma se di da con per tra che chi sono era non piu e ou mas do da dos das em no na com sem por para
nao mais voce
"""

_ENGLISH = """
able above accept account across act action active actor actual add address admit adult advance advice advisable
affair after afternoon age agent ago agree air allow almost alone amazon along already always amaze among amount
animal another answer apart appear apple apply april area argue arm army around arrange arrive art ask attack august
author away baby back bad bag ball band bank bar base basic battle beach bear beat beautiful because become bed been
before begin behind believe below best better beyond big bill bird bit black blood blue board boat body book born boss
bottle bottom box boy brand bread break bridge bright bring broad brother brown budget build burn bus business busy
buy call camp campaign canal canon capital captain car card care career carry case cash castle catch cause celebrate
cell center central centre century certain chair champion chance change channel chapter charge charter cheap check
chest child choice choose church circle citizen city civil claim class clean clear client climb close clothes cloud
club coach coast coffee cola cold collect college color come common company compare complete concert condition
congress connect contain content continental contract control cook cool copy corner corona correct cost country couple
courage course court cover create crew crime crown cup current custom cut daily dance danger dark data date daughter
day dead deal dear death decade december decide deep defend define degree delta deliver demand describe desert design
detail develop diamond die diet difference different dinner direct director discover discuss distance doctor dog
dollar door double doubt dove dream dress drink drive drop dry duck during dust eagle early earn earth east easy eat
edge education effect effort eight either election electric else employ empty end enemy energy engine enjoy enough
enter entire equal escape even evening event ever every everyone example except exchange exit expect experience
explain express extra eye face fact factory fail fair faith fall family famous far farm fast father favor fear
february feel few field fight figure file fill film final finally find fine finger finish fire first fish five floor
flower fly focus follow food foot football force ford foreign forest forever forget form former forward found four fox
free freedom fresh friday friend front fruit full fun fund future galaxy game gap garden gate general gentle get giant
gift girl give glad glass global globe go goal god gold gone good government grand grange grant grass great green
ground group grow guard guess guest guide gun hair half hall hand happen happy harbor hard hat head health hear heart
heat heavy hello help herself hide high hill himself history hit hold hole holiday home honest hope horse hospital
host hot hotel hour house however huge human hundred hungry hunt hurry husband ice idea image imagine impact important
improve include indeed industry inside instead inter interest international island issue item jaguar january jet job
join journey juice july jump june junior jury justice keep key kid kill kind king kitchen kiss know label lady lake
land language large laser last late later laugh law lead leader league learn least leave left leg legal legend less
lesson let letter level liberty life light like limit line link lion list listen little live local logic london lonely
long look lord lose lost lot love low loyal luck lucky lunch machine magic mail main major make man manage manager map
march mark market mars mass master match material matter maybe mean meat media medical meet member memory mention
metal meter method metro middle midnight mile military milk million mind mini minute mirror miss mobile model modern
moment monday money monster month moon morning mother motion mountain mouse mouth move movie much music myself name
nation national nationwide nature near nearly necessary neck need never new news next nice night nine nobody noise
none north note nothing notice november now number ocean october odd offer office officer official often oil old one
open opera oracle orange order original ought outside own owner page paint pair palace panel paper parent park part
partner party pass past path pay peace pearl people perfect perhaps period person phone photo picture piece pilot pink
place plain plan planet plant plastic plate play player please plus pocket point polar police polish poor popular
population port position possible post power practice prepare present president press pretty price pride prince
private prize problem process produce product program project promise proof protect proud prove public pull puma pure
purple purpose push put quality quarter queen question quick quiet quite race radio rain raise range rare rate rather
reach read ready real really reason receive record red reduce region regular relate relax remain remember report
republic require rescue research resort rest result return ride right ring rise river road rock role roll room rose
round route royal rule run safe safety sail salad sale salt same sand saturday save say scene school science score
screen sea season seat second secret section see seek seem sell send sense sentence september series serious serve
service set settle seven several shadow shake shape share sharp she sheet shell shine ship shirt shoe shoot shop
shopping short shot show shut sick side sign signal silence silver similar simple since sing single sister sit six
size skill skin sky sleep slow small smart smile smoke snow social soft soldier solid somebody someone something song
soon sorry sort soul sound soup source south space speak special speed spend spirit spite spoke sponsor sport spot
spread spring sprint square stadium staff stage stand standard star start state station stay step stick still stone
stop store storm story straight strange street strength strong student studio study stuff style subject subway success
such sudden sugar suit summer sun sunday support sure surface surprise sweet swim system table take talk tall target
taste taxi teach team tear tell ten term test thank theater thick thin thing think third thirty though thought
thousand three through throw thursday ticket tide tie tiger time tiny tired title today together tomorrow tone tonight
tool top total touch tough tour toward tower town track trade train travel tree trial trip trouble truck true trust
truth try tuesday turn twelve twenty twice two type union unit united universal university until use usual valley
value various victory view village virgin visa visit voice vote wait walk wall want war warm wash watch water wave way
weak wear weather wednesday week weekend weight welcome well west wheel white whole whose wide wife wild win wind
window wine winner winter wish within woman wonder wood word work worker world worry worth write writer wrong yard
year yellow yes yesterday yet young zero zone
"""

_SPANISH = """
abajo abierto abril acabar acero agosto agua ahora aire algo alguien alguno alto alumno amar amarillo amigo amor ancho
andar ano antes apoyo aqui arbol arriba arte asi atras aun aunque autor avenida ayer ayuda azul bajo banco barato
barrio base bastante beber bebida belleza bien bienvenidos blanco boca bueno buscar caballo cabeza cafe calidad calle
calor cama cambiar cambio camino campeon campo canal cantar capital cara carne carrera carta casa casi causa centro
cerca cerrado cerveza cielo cien ciento ciudad claro clase cocina color comer comida comprar compra comun conocer
conmigo contra corazon correr corte cosa costa creer cruz cuarto cuatro cuerpo cuenta cultura dar deber decir dejar
derecho desear despues dia dice diciembre diez diferente dinero dios directo disfruta distinto dolor domingo dormir
dos dulce durante edad ejemplo empezar empresa encontrar energia enero entonces entrada entrar equipo escuela espacio
espana esperar espiritu estado estar estilo estrella estudio euro feliz feria fiesta fin final flor forma frente
fresco frio fuego fuera fuerte fuerza futuro ganar gente gracias gran grande grupo guerra gusta gusto haber hablar
hacer hacia hambre hermano hermoso hija hijo historia hogar hombre hora hoy hoja iglesia igual imagen internacional
invierno jamas jardin jefe joven juego jueves jugar julio junio juntos lado largo leche leer lejos letra leon libre
libro limpio lindo linea llamar llegar llevar lluvia local luego lugar luna lunes luz madre magia mal manana mano mar
marca marzo martes mayo mayor medio mejor memoria menor menos mercado mes mesa miedo miercoles mil minuto mirar mismo
momento moneda montana moreno motor mucho muerte mujer mundo musica nacer nacional nada nadie naranja natural
naturaleza navidad necesitar negocio negro nieve nino noche nombre norte noticia noviembre nueve nuevo numero nunca
obra ocho octubre oeste oficial oir ojo once orden oro padre pagar pagina pais palabra pan papel parte partido pasado
pasar paso patria paz pedir pelo pensar pequeno perder perro persona pie piedra piel plata playa plaza pobre poco
poder politica poner precio pregunta primer primero principe pronto propio publico pueblo puerta puerto punto querer
quince quiero radio rapido razon real recuerdo red regalo regional regreso reina resto rey rico rio rojo ropa rosa
saber sabado sabor sala salida salir salud sangre santa santo seco seguir segundo seguro seis semana senor sentir
servicio siempre siete siglo siguiente silencio sino sistema sol solo sonido suerte sueno sur tal tambien tampoco tan
tanto tarde teatro television tener tercero tiempo tienda tierra tomar torre trabajo tradicion tres triste unico usar
valor venir ventana ver verano verdad verde vez viaje vida viejo viento viernes vino visita vista vivir vivo volver
voz zapato zona
"""

_GERMAN_AND_OTHERS = """
abend alle alles alt anfang arbeit arm auge auto bald bank baum bauer berg besser bier bild bitte blau blume boden
brot bruder buch burger danke dank dann deutsch ding dorf drei durst echt ehre eins ende ende energie erde erste essen
etwas fahrt familie farbe feier feld fenster feuer film fluss frage frau frei freude freund frieden frisch ganz garten
gast geben gehen geist geld genuss genau gesund glas glaube gleich gluck gold gott gross grun gut haar haus haut
heimat heiss herbst herz heute himmel hoch hoffnung hotel hund immer jahr jetzt jung kaffee kalt karte kaufen kind
kirche klar klein kommen konig kopf kraft kraut kunst lachen land lang leben lebens lecker leicht leise leute licht
liebe lied luft macht magen mann markt meer mensch milch minute mitte monat morgen musik mutter nacht nah name natur
neu neun nichts nie oben offen ohr ort papier platz preis qualitat rad raum recht regen reise ring rot ruhe sache saft
salz schiff schnee schnell schon schule schwarz see sehen seite sicher sieben sieg sohn sommer sonne spass spiel
sprache staat stadt stark stern stille strasse stunde suss tag tasse teil tier tisch tochter tod tor traum treu tun
tur uhr unser vater viel vier vogel voll wald wand warm wasser weg wein weiss weit welt wenig werk wetter wichtig wind
winter wissen woche wohl wort zeit ziel zimmer zug zukunft zusammen zwei amour argent ami annee bon bonjour bonne
chaque chez coeur demain deux eau enfant ete femme fete feu fille fils fleur grand heure homme hiver jamais jeu jour
jours libre livre maison matin merci mer mieux moins monde mort nouveau nuit paix parfum pays petit peu pomme prix
rouge rue soir soleil temps terre tous toujours toute travail trois vert vie ville acqua amore anno bello bene buono
casa cielo cuore donna festa forza gioco giorno grazie italia mare mondo notte nuovo oggi parola pasta sempre sole
strada tempo terra uomo vita vino agua amor ano bom casa cidade dia feliz festa forca hoje homem jogo neste nesta
deste desta mae mar melhor mulher mundo muito noite novo obrigado pai paz pessoa sabor saude sempre tempo terra vida
voce
"""


@cache
def determiners() -> frozenset[str]:
    """Articles and possessives: the word after one of them is a noun, not a sign."""
    return _fold_all(_DETERMINERS)


@cache
def function_words() -> frozenset[str]:
    """Determiners, prepositions, conjunctions, pronouns, auxiliaries: what sentences have and signs lack."""
    return _fold_all(_FUNCTION_WORDS) | determiners()


@cache
def common_words() -> frozenset[str]:
    """Every word of this file."""
    return _fold_all(_ENGLISH) | _fold_all(_SPANISH) | _fold_all(_GERMAN_AND_OTHERS) | function_words()


def is_common(key: str) -> bool:
    """Whether a folded word is an everyday one, or the regular plural of one."""
    words = common_words()
    plural = len(key) > 4 and key.endswith("s") and (key[:-1] in words or (key.endswith("es") and key[:-2] in words))
    return key in words or plural


def _fold_all(text: str) -> frozenset[str]:
    return frozenset(fold_key(word) for word in text.split())
